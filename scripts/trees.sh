# shellcheck shell=bash
# Debian trees to try the package in; sourced after lib.sh by scripts/try_*, never run. As root.

# Trees are made once (minutes) and kept here; every try works on a copy.
trees=${EARSHOT_TREES:-/var/tmp/earshot-trees}

# make_tree ARCH PACKAGE…: prints the folder of a bare Debian 12 tree with these packages.
make_tree() {
  local arch=$1 list tree
  shift
  list=$(IFS=, && printf '%s' "$*")
  tree=$trees/bookworm-$arch-$(printf '%s' "$list" | md5sum | cut -c 1-8)
  if [ ! -e "$tree/.ready" ]; then
    say "Making a Debian 12 tree for $arch in $tree; this takes minutes."
    rm -rf --one-file-system "$tree"
    mkdir -p "$trees"
    debootstrap --arch="$arch" --variant=minbase --include="$list" bookworm "$tree" \
      >"$tree.log" 2>&1 || die "debootstrap failed: $(tail -n 3 "$tree.log")"
    touch "$tree/.ready"
  fi
  printf '%s\n' "$tree"
}

# copy_tree TREE: prints the folder of a copy, with what this machine needs to reach its registries.
copy_tree() {
  local copy file
  copy=$(mktemp -d /var/tmp/earshot-try.XXXXXX)
  cp -a "$1/." "$copy/"
  for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$file" ] || { mkdir -p "$copy${file%/*}" && cp -L "$file" "$copy$file"; }
  done
  cp -r /etc/apt/apt.conf.d/. "$copy/etc/apt/apt.conf.d/"
  if [ -n "$(ls /etc/apt/sources.list.d)" ]; then
    cp -r /etc/apt/sources.list.d/. "$copy/etc/apt/sources.list.d/"
    : >"$copy/etc/apt/sources.list"
  fi
  printf '%s\n' "$copy"
}

# in_tree ROOT COMMAND: runs a command in a tree, with mounts of its own that go with it.
in_tree() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --propagation private bash -c '
    mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && mount -t tmpfs tmpfs "$1/tmp"
    mount --rbind /sys "$1/sys" # processors are counted there
    exec chroot "$1" env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -euc "$2"
  ' in_tree "$1" "$2" </dev/null
}

# timed NAME COMMAND…: runs a command under a heading and prints its seconds.
timed() {
  local start_us
  printf '== %s\n' "$1"
  shift
  start_us=$(now_us)
  "$@"
  printf '== %s s\n' "$(since_s "$start_us")"
}

# emulate_arm64: lets the kernel run programs for arm64 by qemu.
emulate_arm64() {
  local handlers=/proc/sys/fs/binfmt_misc
  [ -e "$handlers/register" ] || mount -t binfmt_misc binfmt_misc "$handlers" ||
    die "The kernel has no binfmt_misc, or may not be asked for it (in a container: --privileged)."
  [ -e "$handlers/qemu-aarch64" ] || update-binfmts --enable qemu-aarch64 ||
    die "The kernel does not take qemu for arm64 programs: update-binfmts --display qemu-aarch64."
}
