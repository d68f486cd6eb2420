#!/usr/bin/env bash
# Writes pictures of the viewer to artifacts/screenshots: every view, light and dark, wide and narrow, under load and without a
# quorum. It takes some three minutes; look at them after changing the viewer.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()
has_browser || missing+=(chromium)
fc-list 2>/dev/null | grep -q Inter || missing+=(fonts-inter fonts-jetbrains-mono)
require_packages "${missing[@]}"

build_program Tests
export SCREENSHOTS="$ROOT/artifacts/screenshots"
rm -rf "$SCREENSHOTS"
"$PROGRAM" -noColor -explicit only -class Doozer.Tests.Viewer.Screenshots "$@"
ls "$SCREENSHOTS"
