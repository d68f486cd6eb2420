// How a namespace is, in words.
const list = names => names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

const answer = names => `${list(names)} ${names.length === 1 ? 'does' : 'do'} not answer`;

const quorumIn = ({ acceptors, phase1, phase2 }) => phase1 === phase2
  ? `${phase2} of ${acceptors.length} make a quorum.`
  : `Of ${acceptors.length}, ${phase1} elect a leader and ${phase2} must have a write.`;

const leftOf = (count, { phase2 }) => `${count} of the ${phase2} nodes that are needed ${count === 1 ? 'is' : 'are'} left`;

/** { kind, icon, title, text } */
export function describe(health, ns, node) {
  const { state, missing, quorum, answering, leader } = health;
  switch (state) {
    case 'whole':
      return { kind: 'ok', icon: 'check', title: 'All nodes answer', text: `${leader} leads. ${quorumIn(quorum)}` };
    case 'partial':
      return {
        kind: 'warn', icon: 'warning', title: `${answer(missing)}`,
        text: `${leader} leads, and ${answering} of the ${quorum.phase2} nodes that a write needs answer. ${
          answering === quorum.phase2 ? 'If one more goes, writes stop.' : ''}`,
      };
    case 'electing':
      return { kind: 'warn', icon: 'warning', title: 'No leader', text: 'A quorum answers, and is about to elect one. Writes wait.' };
    case 'lost':
      return {
        kind: 'bad', icon: 'warning', title: `No quorum in ${ns}`,
        text: `${missing.length ? `${answer(missing)}: ${leftOf(answering, quorum)}` : 'The nodes find no leader'}. `
          + `Writes and consistent reads fail. What you see is what ${node || 'this node'} knew last.`,
      };
    case 'unreachable':
      return {
        kind: 'bad', icon: 'warning', title: 'No node answers',
        text: 'The page tries again and again, at all nodes. What you see is what it saw last.',
      };
    case 'missing':
      return { kind: 'warn', icon: 'warning', title: `No namespace ${ns}`, text: `Make it with: doozer namespace create ${ns}` };
    default:
      return { kind: '', icon: 'history', title: 'Looking', text: '' };
  }
}
