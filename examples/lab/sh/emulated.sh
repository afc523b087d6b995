# shellcheck shell=bash disable=SC2034 # `line` is the caller's
# Machines that QEMU emulates, with Debian's own kernel and of any architecture: what differs from the others at their start (machine.sh).
# File `arch` in the host's directory says that it is one.

emulated_base() { # DIR -ARCH
  local arch=${2#-}
  arch=${arch:-$(dpkg --print-architecture)}
  # as `.ci/debian machines` and `.ci/debian emulation` install them
  require_programs ssh:openssh-client mmdebstrap:mmdebstrap depmod:kmod zstd:zstd xz:xz-utils "$(emulated_program "$arch"):$(emulated_package "$arch")"
  "$HERE/machine/root" trixie "$arch" >"$1/base"
  "$HERE/machine/stock-kernel" "$arch" >"$1/machine"
  echo "$arch" >"$1/arch"
}
emulated_program() { case $1 in amd64) echo qemu-system-x86_64 ;; arm64) echo qemu-system-aarch64 ;; *) die "no emulation of '$1'" ;; esac; }
emulated_package() { case $1 in amd64) echo qemu-system-x86 ;; *) echo qemu-system-arm ;; esac; }

# The modules of its kernel go onto the disk.
emulated_modules() { # DIR
  unshare --mount --propagation private -- "$SELF" __run emulated_modules_within "$1/disk.img" "$(cat "$1/machine")/modules" 9>&-
}
emulated_modules_within() { # IMAGE MODULES
  local at
  at=$(mktemp -d)
  mount -o loop "$1" "$at"
  mkdir -p "$at/usr/lib/modules"
  cp -r "$2"/* "$at/usr/lib/modules/"
  umount "$at"
  rmdir "$at"
}

# What the lab leaves for the host, as a second disk: QEMU shows it no directory of this machine.
emulated_letter() { # HOST
  local dir
  dir=$(host_dir "$1")
  find "$dir/run" -maxdepth 1 -type f ! -name '*.log' -printf '%f\n' | tar -C "$dir/run" -cT - -f "$dir/letter.new"
  [ -e "$dir/letter" ] || truncate -s 1M "$dir/letter"
  dd if="$dir/letter.new" of="$dir/letter" conv=notrunc status=none
}

# A device of QEMU's at each end of the cables; the first in a bridge with it, so that whatever is done to the cable is done to both.
emulated_cards() { # HOST
  in_switch sh -euc "ip tuntap add t-$1 mode tap; ip link add b-$1 type bridge; ip link set u-$1 master b-$1; ip link set t-$1 master b-$1
    ip link set t-$1 up; ip link set b-$1 up
    ip link del c-$1; ip tuntap add c-$1 mode tap; ip link set c-$1 up; ip address add $(machine_way "$1" 1)/30 dev c-$1"
}

emulated_line() { # HOST - into the caller's `line`
  local host=$1 dir arch from words card
  dir=$(host_dir "$host") arch=$(cat "$(host_dir "$host")/arch") from=$(cat "$(host_dir "$host")/machine")
  emulated_letter "$host"
  emulated_cards "$host"
  line=("$(emulated_program "$arch")" -nodefaults -no-user-config -display none -name "$host" -serial stdio
    -accel "tcg,thread=multi,tb-size=512" -smp 2 -m "$(cat "$dir/memory")")
  # a processor without pointer authentication, which takes long to emulate
  case $arch in
    amd64) line+=(-machine q35 -cpu max) words="console=ttyS0" ;;
    arm64) line+=(-machine virt -cpu cortex-a72) words="console=ttyAMA0" ;;
  esac
  # 100 profiles of Debian's programs take a minute to read; Docker reads its own
  words+=" quiet panic=1 mitigations=off net.ifnames=0 lab.disk=/dev/vdb systemd.mask=apparmor.service"
  line+=(-kernel "$from/kernel" -initrd "$from/initrd" -append "$words $(machine_words "$host")"
    -drive "id=root,if=none,file=$dir/disk.img,format=raw,cache=none,aio=threads,discard=unmap" -device virtio-blk-pci,drive=root
    -drive "id=letter,if=none,file=$dir/letter,format=raw,readonly=on" -device virtio-blk-pci,drive=letter -device virtio-rng-pci)
  for card in "t-$host 00" "c-$host 01"; do
    line+=(-netdev "tap,id=n${card% *},ifname=${card% *},script=no,downscript=no"
      -device "virtio-net-pci,netdev=n${card% *},mac=$(machine_mac "$host" "${card#* }"),romfile=")
  done
}
