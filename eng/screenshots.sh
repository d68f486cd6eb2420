#!/usr/bin/env bash
# Writes pictures of the viewer to artifacts/screenshots: every view, light and dark, wide and narrow, under load and without a
# quorum. It takes some three minutes; look at them after changing the viewer.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()
command -v chromium >/dev/null || [[ -n ${TEST_CHROMIUM:-} ]] || missing+=(chromium)
fc-list 2>/dev/null | grep -q Inter || missing+=(fonts-inter fonts-jetbrains-mono)
if [[ ${#missing[@]} -gt 0 ]]; then
  if [[ $EUID -ne 0 ]] || ! install_packages "${missing[@]}" >&2; then
    echo "Install them: apt-get install ${missing[*]}" >&2
    exit 2
  fi
fi

build_program Tests
export SCREENSHOTS="$ROOT/artifacts/screenshots"
rm -rf "$SCREENSHOTS"
"$PROGRAM" -noColor -explicit only -class Doozer.Tests.Viewer.Screenshots "$@"
ls "$SCREENSHOTS"
