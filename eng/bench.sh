#!/usr/bin/env bash
# Measures a cluster of real nodes on this machine and, with --against, etcd and ZooKeeper beside it. --help tells the options;
# docs/performance.md says more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# What --against names must be there: Debian's packages, whose services must not start. In a shell of its own, for the trap.
install_peers() (
  local peers=",$1," missing=()
  if [[ $peers == *,etcd,* ]]; then
    command -v etcd >/dev/null || missing+=(etcd-server)
  fi
  if [[ $peers == *,zookeeper,* ]]; then
    [[ -e /usr/share/java/zookeeper.jar ]] || missing+=(zookeeper)
    command -v java >/dev/null || missing+=(default-jre-headless)
  fi
  if [[ ${#missing[@]} -eq 0 ]]; then
    exit 0
  fi

  echo "Installing ${missing[*]}" >&2
  if [[ $EUID -ne 0 ]]; then
    echo "Run this as root, or install them: apt-get install ${missing[*]}" >&2
    exit 2
  fi
  local policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  install_packages "${missing[@]}" >&2 || exit 2
)

arguments=("$@")
for ((i = 0; i < $#; i++)); do
  if [[ ${arguments[i]} == --against ]]; then
    install_peers "${arguments[i + 1]:-}"
  fi
done

build_program Tests.Benchmarks
"$ROOT/eng/run.sh" version >/dev/null
exec "$PROGRAM" --doozer "$ROOT/artifacts/doozer/doozer" --output "$ROOT/artifacts/bench" "$@"
