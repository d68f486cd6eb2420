// Numbers, sizes and times as people read them.
const whole = new Intl.NumberFormat('en-US');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

export const number = value => whole.format(value);

export const plural = (count, word, many = word + 's') => `${number(count)} ${count === 1 ? word : many}`;

export function bytes(count) {
  if (count < 1024)
    return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB', 'TiB'];
  let value = count / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++)
    value /= 1024;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export const timeOfDay = time => clock.format(time);

export const dateAndTime = time =>
  new Date(time).toDateString() === new Date().toDateString() ? clock.format(time) : `${day.format(time)}, ${clock.format(time)}`;

export function duration(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60)
    return `${seconds} s`;
  if (seconds < 3600)
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400)
    return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}

export const milliseconds = value =>
  value < 1 ? `${Math.round(value * 1000)} µs` : value < 10 ? `${value.toFixed(1)} ms` : value < 1000
    ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;

export const rate = value => value < 10 && value % 1 ? value.toFixed(1) : number(Math.round(value));

export const nameOf = path => path.slice(path.lastIndexOf('/') + 1);

export const parentOf = path => path.lastIndexOf('/') <= 0 ? '/' : path.slice(0, path.lastIndexOf('/'));

export const join = (directory, name) => (directory === '/' ? '/' : directory + '/') + name;
