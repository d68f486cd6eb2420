#!/usr/bin/env bash
# Fetches the libraries of the viewer from npm, as they are published, into Silo/Viewer/files/vendor; they are in git, so this is
# only to take other versions. What is changed in them: names of packages become names of files, since a page without inline script
# can have no import map, and the comments that name source maps go.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

PREACT=11.2.0
HTM=3.1.1
OUTPUT="$ROOT/Silo/Viewer/files/vendor"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "preact@$PREACT" "htm@$HTM" >/dev/null
mkdir preact htm
tar -xzf "preact-$PREACT.tgz" -C preact --strip-components 1
tar -xzf "htm-$HTM.tgz" -C htm --strip-components 1

# take FROM TO
take() {
  sed -e 's#from"preact"#from"./preact.js"#g' -e '/^\/\/# sourceMappingURL=/d' "$1" >"$OUTPUT/$2"
}

mkdir -p "$OUTPUT"
take preact/dist/preact.mjs preact.js
take preact/hooks/dist/hooks.mjs hooks.js
take htm/dist/htm.mjs htm.js
{
  echo "preact.js and hooks.js: preact $PREACT, https://preactjs.com"
  echo
  cat preact/LICENSE
  echo
  echo "htm.js: htm $HTM, https://github.com/developit/htm"
  echo
  cat htm/LICENSE
} >"$OUTPUT/LICENSES.txt"
