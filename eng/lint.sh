#!/usr/bin/env bash
# Checks what neither the compiler nor 'dotnet format' does: the lengths of lines, methods and files, the name of a caught
# exception, statements on the line of their condition, and event ids that are used twice. Prints FILE:LINE and what is wrong; exit status 1 if anything is.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8

MAX_COLUMNS=130
MAX_LINES=300
MAX_TEST_LINES=350
MAX_METHOD_LINES=40

status=0

# complain WHAT: takes lines that begin with FILE:LINE; each is a fault.
complain() {
  local file line rest
  while IFS=: read -r file line rest; do
    echo "$file:$line: $1"
    status=1
  done
}

# matches PATTERN: where the sources match an extended regular expression.
matches() {
  git grep -nE "$1" -- '*.cs' || true
}

complain "is longer than $MAX_COLUMNS characters" < <(matches "^.{$((MAX_COLUMNS + 1))}")
complain "name the exception 'exception', or say which it is" < <(matches 'catch \([A-Za-z0-9_.<>]+ ex?\)')

# A condition ends with its parentheses; nothing but a comment may follow it, or the ';' of a do-while.
complain "the statement stands on a line of its own" < <(git ls-files '*.cs' | xargs awk '
  /^ *(else if|if|for|foreach|await foreach|while|lock) *\(/ {
    line = $0
    gsub(/\\./, "", line)
    gsub(/"[^"]*"/, "\"\"", line)
    gsub(/\047[^\047]*\047/, "", line)
    depth = 0
    for (i = 1; i <= length(line); i++) {
      character = substr(line, i, 1)
      if (character == "(") depth++
      if (character == ")" && --depth == 0) break
    }
    if (i <= length(line) && substr(line, i + 1) !~ /^ *(;|\/\/.*)?$/) print FILENAME ":" FNR
  }
  /^ *else +([^ i]|i[^f])/ { print FILENAME ":" FNR }')

# A member is a block at the depth of its type's members: 4 columns, or 8 in a type within a type.
complain "the method has more than $MAX_METHOD_LINES lines" < <(git ls-files '*.cs' | grep -v '^Tests' |
  xargs awk -v most="$MAX_METHOD_LINES" '
  function opens(head) {
    if (head ~ /(class|record|struct|interface|enum) /) return 0
    return FNR
  }
  FNR == 1 { outer = inner = 0 }
  /^    [a-z]/ { outerHead = $0 }
  /^        [a-z]/ { innerHead = $0 }
  /^    \{$/ { outer = opens(outerHead) }
  /^        \{$/ { if (!outer) inner = opens(innerHead) }
  /^    \}/ { if (outer && FNR - outer - 1 > most) print FILENAME ":" outer; outer = 0 }
  /^        \}/ { if (inner && FNR - inner - 1 > most) print FILENAME ":" inner; inner = 0 }')

# The id stands behind the parenthesis or, where the line ends there, on the next line.
complain "the event id is used elsewhere too" < <(git ls-files '*.cs' | xargs awk '
  /\[LoggerMessage\($/ { begins = 1; next }
  begins || /\[LoggerMessage\([0-9]/ {
    id = $0
    sub(/^.*LoggerMessage\(/, "", id)
    sub(/,.*/, "", id)
    id += 0
    if (id in used) print FILENAME ":" FNR
    used[id] = 1
  }
  { begins = 0 }')

# longer_than LINES: the files of a list that have more lines.
longer_than() {
  xargs wc -l | awk -v most="$1" '$2 != "total" && $1 > most { print $2 ":" $1 }'
}

complain "is the last line of a file of more than $MAX_LINES" < <(git ls-files '*.cs' | grep -v '^Tests' | longer_than $MAX_LINES)
complain "is the last line of a file of more than $MAX_TEST_LINES" < <(git ls-files 'Tests*.cs' | longer_than $MAX_TEST_LINES)

exit $status
