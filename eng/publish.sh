#!/usr/bin/env bash
# Makes doozer as one file for linux-x64 that runs on machines without .NET: artifacts/publish/doozer. With --verify it then runs the
# file in a root that has nothing but the libraries it needs, writes a file and reads it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

OUTPUT="$ROOT/artifacts/publish"

echo "Publishing doozer for linux-x64, which takes some minutes. Log: $ROOT/artifacts/publish.log" >&2
rm -rf "$OUTPUT"
if ! dotnet publish "$ROOT/Silo" -c Release -v quiet --nologo -r linux-x64 --self-contained -o "$OUTPUT" \
  -p:PublishSingleFile=true -p:PublishReadyToRun=true -p:PublishReadyToRunComposite=true -p:DebugType=embedded \
  -p:IncludeSourceRevisionInInformationalVersion=true -p:PublishDocumentationFiles=false -p:ErrorOnDuplicatePublishOutputFiles=false \
  >"$ROOT/artifacts/publish.log" 2>&1 </dev/null; then
  cat "$ROOT/artifacts/publish.log"
  exit 1
fi
find "$OUTPUT" -type f -not -name doozer -delete
echo "$OUTPUT/doozer: $("$OUTPUT/doozer" --version), $(($(stat -c %s "$OUTPUT/doozer") >> 20)) MiB"
[[ ${1:-} == --verify ]] || exit 0

if [[ $EUID -ne 0 ]]; then
  echo "--verify makes a root of its own, which only root may." >&2
  exit 2
fi

# The C and C++ libraries, and OpenSSL, which the runtime loads by itself (docs/deploy.md).
root="$(mktemp -d)"
node=
finish() {
  [[ -z $node ]] || kill "$node" 2>/dev/null || true
  wait || true
  rm -rf "$root"
}
trap finish EXIT
mkdir -p "$root"/{tmp,data,proc,dev}
cp "$OUTPUT/doozer" "$root/doozer"
{
  ldd "$OUTPUT/doozer" | grep -o '/[^ ]*'
  ldconfig -p | sed -n 's/.*lib\(ssl\|crypto\)\.so\..*x86-64.* => //p'
} | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# run ARGUMENTS...: becomes doozer in that root, with the /proc and /dev that every process has.
run() {
  exec unshare --mount -- sh -c \
    'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /doozer "$@"' "$root" "$@"
}

port=18471
(run serve --data /data --http 127.0.0.1:$port --silo 127.0.0.1:18472 --gateway 127.0.0.1:18473) >"$root/log" 2>&1 &
node=$!
started=$(date +%s%N)
until curl -sf "http://127.0.0.1:$port/readyz" >/dev/null; do
  if ! kill -0 "$node" 2>/dev/null || (($(date +%s%N) - started > 120000000000)); then
    cat "$root/log"
    echo "It did not start." >&2
    exit 1
  fi
  sleep 0.05
done
echo "Ready after $((($(date +%s%N) - started) / 1000000)) ms"
echo -n hello | (run add /greeting -a 127.0.0.1:$port) >/dev/null
[[ $(run get /greeting -a 127.0.0.1:$port) == hello ]]
kill "$node"
wait "$node"
node=
echo "It runs, serves and stops"
