# shellcheck shell=bash
# What the scripts share; sourced, never run. Chatter goes to standard error, so that standard
# output belongs to the program alone (`scripts/run --rehearse --json | jq`).

top=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# An activated .venv must not be the Python that remakes it.
PATH=${PATH//"$top/.venv/bin:"/}

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$@"
  exit 1
}

# The time now, microseconds. The decimal sign follows the locale.
now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }

# since_s START_US: the seconds gone by, to a tenth.
since_s() {
  local tenths=$((($(now_us) - $1) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# missing_packages PACKAGE…: prints those that are not installed.
missing_packages() {
  local installed package
  # dpkg-query fails where it does not know a package, and still lists the others.
  installed=$(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n' "$@" \
    2>/dev/null || true)
  for package in "$@"; do
    [[ $'\n'$installed$'\n' == *$'\n'"$package installed"$'\n'* ]] || printf '%s\n' "$package"
  done
}

# install_packages PACKAGE…: installs Debian packages, as root or by sudo.
install_packages() {
  local as_root=() log
  if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    # Here, for the prompt must not go to the log.
    if ! command -v sudo >/dev/null || ! sudo true; then
      die "These Debian packages are missing, and installing them needs root: $*." \
        "As root: apt-get install --no-install-recommends $*"
    fi
  fi
  say "Installing Debian packages: $*"
  # On a new Raspberry Pi the automatic upgrade often holds the lock: wait for it.
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive
    apt-get -q -y -o DPkg::Lock::Timeout=300)
  log=$(mktemp)
  # A stale list may still do, so only the installation decides.
  "${apt[@]}" update >"$log" 2>&1 </dev/null || say "apt-get update failed; trying the lists that are here."
  if ! "${apt[@]}" install --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install: $*. Mend what it says above, then run this again."
  fi
  rm -f "$log"
}

# need_packages PACKAGE…: installs the Debian packages that are missing; quick when none is.
need_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    say "This is not Debian or Raspberry Pi OS: install by hand what these packages hold: $*"
    return
  fi
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}
