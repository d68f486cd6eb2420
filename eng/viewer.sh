#!/usr/bin/env bash
# Runs all tests in a browser, of the viewer and of Orleans' dashboard: also those that take too long for eng/test.sh, of 10,000
# files, and of what would hinder somebody (axe). Some two minutes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

has_browser || require_packages chromium
build_program Tests
exec "$PROGRAM" -noColor -class Doozer.Tests.Viewer.ViewerTests -class Doozer.Tests.Viewer.DashboardTests "$@"
