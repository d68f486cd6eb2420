#!/usr/bin/env bash
# Makes the NuGet packages, with their symbols, in artifacts/packages. With --verify it then installs them from there as anybody would
# - the tool, which serves a node, and a new application, which uses it - in a folder outside of this one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

OUTPUT="$ROOT/artifacts/packages"
ICON="$ROOT/artifacts/icon.png"
LIBRARIES=(Grains.Interfaces Client Client.Locks Grains)

verify=0
version=()
if [[ ${1:-} == --verify ]]; then
  verify=1
  # A version of its own: what NuGet has once unpacked it never looks at again.
  suffix="verify.$(date +%s)"
  version=(--version-suffix "$suffix")
fi

# Packages take no SVG.
has_browser || require_packages chromium
"${TEST_CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=128,128 \
  --default-background-color=00000000 --screenshot="$ICON" "file://$ROOT/Silo/Viewer/files/icon.svg" >"$ROOT/artifacts/icon.log" 2>&1

rm -rf "$OUTPUT"
echo "Packing, which takes some minutes. Log: $ROOT/artifacts/pack.log" >&2
for project in "${LIBRARIES[@]}" Silo; do
  if ! dotnet pack "$ROOT/$project" -c Release -v quiet --nologo -o "$OUTPUT" "${version[@]}" -p:PackageIconFile="$ICON" \
    -p:IncludeSourceRevisionInInformationalVersion=true >"$ROOT/artifacts/pack.log" 2>&1 </dev/null; then
    cat "$ROOT/artifacts/pack.log"
    exit 1
  fi
done
ls "$OUTPUT"
[[ $verify -eq 1 ]] || exit 0

work="$(mktemp -d)"
node=
finish() {
  [[ -z $node ]] || kill "$node" 2>/dev/null || true
  wait || true
  rm -rf "$work" "$HOME"/.nuget/packages/doozer.orleans.*/"$number"
}
number="$(sed -n 's:.*<VersionPrefix>\(.*\)</VersionPrefix>.*:\1:p' "$ROOT/Directory.Build.props")-$suffix"
trap finish EXIT
cd "$work"
cat >nuget.config <<END
<configuration>
  <packageSources>
    <add key="packages" value="$OUTPUT" />
  </packageSources>
</configuration>
END

echo "Installing the tool, and serving a node with it"
dotnet tool install Doozer.Orleans.Cli --tool-path tool --version "$number" >/dev/null
store=http://127.0.0.1:18481
tool/doozer serve --data data --http "${store#http://}" --silo 127.0.0.1:18482 --gateway 127.0.0.1:18483 >log 2>&1 &
node=$!
for ((tries = 0; ; tries++)); do
  ! curl -sf "$store/readyz" >/dev/null || break
  if ! kill -0 "$node" 2>/dev/null || ((tries > 240)); then
    cat log
    exit 1
  fi
  sleep 0.5
done

# application NAME PACKAGE...: a new console application with these packages.
application() {
  dotnet new console -n "$1" >/dev/null
  for package in "${@:2}"; do
    dotnet add "$1" package "$package" --version "$number" >/dev/null
  done
}

echo "Making a client of it, with the program in README.md"
application hello Doozer.Orleans.Client
dotnet add hello package Microsoft.Extensions.Hosting >/dev/null
cp "$ROOT/samples/Hello/Program.cs" hello/
[[ $(dotnet run --project hello -- --store "$store") == "hello at revision "* ]]
[[ $(tool/doozer get /greeting -a "$store") == hello ]]

echo "Making an application whose silos hold the store"
application desks Doozer.Orleans.Server Doozer.Orleans.Client
cp "$ROOT"/samples/Desks/*.cs desks/
sed -i 's/Silo: 11111, Gateway: 30000, Peer: 7000/Silo: 18491, Gateway: 18501, Peer: 18511/' desks/Program.cs
[[ $(dotnet run --project desks) == *"The north desk says: Good morning"* ]]

echo "Making an application that locks by DistributedLock's interfaces"
application locks Doozer.Orleans.Client.Locks
dotnet build locks -v quiet --nologo >/dev/null
echo "All packages work"
