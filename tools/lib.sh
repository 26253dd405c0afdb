# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by tools/test and tools/quickstart. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\n== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# missing_packages build|test: prints the packages of packages.txt that are not installed; "test" means all of them.
missing_packages() {
  dpkg-query -W -f '${db:Status-Status} ${Package}\n' |
    awk -v all="$1" '
      FNR == NR { if ($1 == "installed") installed[$2] = 1; next }
      NF && !/^#/ && ($2 != "test" || all == "test") && !($1 in installed) { print $1 }
    ' - "$root/tools/packages.txt"
}

# ensure_packages build|test: installs missing packages without asking. It is quick when none is missing.
ensure_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is not Debian or one of its relatives: please see to the packages of tools/packages.txt yourself." >&2
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages "$1")
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  if as_root apt-get update -qq &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null; then
    return 0
  fi
  die "could not install packages; please run: sudo apt-get install ${missing[*]}"
}
