# shellcheck shell=bash
# A host's root, and the first process of its namespaces, up to busybox init with the inittab in ../host.

# Mounts the host's disk and root; runs in a mount namespace that ends with its processes.
mount_root() {
  local dir disk root
  dir=$(host_dir "$1") disk=$(host_dir "$1")/disk root=$(host_dir "$1")/root
  [ ! -e "$dir/disk.img" ] || mount -o loop "$dir/disk.img" "$disk"
  [ -e "$disk/docker" ] || [ ! -e "$dir/seed" ] || cp -a "$(cat "$dir/seed")"/* "$disk/"
  mkdir -p "$disk"/{upper,work,docker,containerd,containers}
  mount -t overlay "$ID-$1" -o "lowerdir=$(cat "$dir/base"),upperdir=$disk/upper,workdir=$disk/work" "$root"
  mkdir -p "$root"/{.old,var/lib/docker,var/lib/containerd,var/lib/containers}
  mount --bind "$disk/docker" "$root/var/lib/docker"
  mount --bind "$disk/containerd" "$root/var/lib/containerd"
  mount --bind "$disk/containers" "$root/var/lib/containers"
}

boot() {
  local host=$1 root
  root=$(host_dir "$host")/root
  hostname "$host"
  mount_root "$host"
  mount -t proc proc "$root/proc"
  mount -t sysfs sysfs "$root/sys"
  mount -t tmpfs -o mode=755,size=64m tmpfs "$root/run"
  mkdir "$root/run/lab"
  mount --bind "$(host_dir "$host")/run" "$root/run/lab"
  boot_dev "$root"
  boot_cgroup "$root"
  boot_etc "$host" "$root"
  boot_cri "$host" "$root"
  cd "$root" || exit 1
  pivot_root . .old
  cd / || exit 1
  umount -l /.old
  mount --make-rshared /
  [ ! -w /proc/sysrq-trigger ] || mount --bind /dev/null /proc/sysrq-trigger
  exec env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root /usr/bin/busybox init </dev/null >/dev/null 2>&1
}

boot_dev() {
  local root=$1 spec name major minor
  mount -t tmpfs -o mode=755,size=1m tmpfs "$root/dev"
  for spec in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 kmsg:1:11 fuse:10:229; do
    IFS=: read -r name major minor <<<"$spec"
    mknod -m 666 "$root/dev/$name" c "$major" "$minor"
  done
  mkdir "$root"/dev/{pts,shm,mqueue,net}
  mknod -m 666 "$root/dev/net/tun" c 10 200
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t mqueue mqueue "$root/dev/mqueue"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  for spec in 0:stdin 1:stdout 2:stderr; do ln -s "fd/${spec%:*}" "$root/dev/${spec#*:}"; done
}

# In the host's cgroup namespace these mounts show its own groups as the top.
boot_cgroup() {
  local root=$1 top name option
  if cgroup_v2; then
    mount -t cgroup2 cgroup "$root$CG"
    return
  fi
  mount -t tmpfs -o mode=755,size=1m tmpfs "$root$CG"
  for top in "$CG"/*/; do
    name=$(basename "$top") option=$(basename "$top")
    if [ "$name" = unified ] || [ ! -e "$top/cgroup.procs" ]; then continue; fi
    [ "$name" != systemd ] || option=none,name=systemd
    mkdir "$root$CG/$name"
    mount -t cgroup -o "$option" cgroup "$root$CG/$name"
  done
}

boot_etc() {
  local host=$1 root=$2 dir
  echo "$host" >"$root/etc/hostname"
  printf %s "$ID-$host" | md5sum | cut -c1-32 >"$root/etc/machine-id"
  echo "nameserver $NET.1" >"$root/etc/resolv.conf"
  {
    echo "127.0.0.1 localhost"
    for dir in "$LAB_DIR"/h/*/; do echo "$(cat "$dir/ip") $(basename "$dir")"; done
  } >"$root/etc/hosts"
  mkdir -p "$root/etc/lab" "$root/usr/local/bin" "$root/usr/lib/modules"
  cp "$HERE"/host/{start,containerd,dockerd,stop} "$root/etc/lab/"
  cp "$HERE/host/inittab" "$root/etc/inittab"
  rm -f "$root"/usr/local/bin/{runc,crun}
  if lacks_sys_resource; then cp "$HERE/host/runc" "$root/usr/local/bin/runc"; fi
  if [ -e "$root/usr/bin/podman" ]; then boot_podman "$root"; fi
}

# In dockerd's place, so that all that is done to dockerd is done to it.
boot_podman() {
  cp "$HERE/host/podman" "$1/etc/lab/dockerd"
  cp "$HERE/host/containers.conf" "$1/etc/containers/containers.conf"
  if lacks_sys_resource; then cp "$HERE/host/runc" "$1/usr/local/bin/crun"; fi
}

# Once, at the first boot: later the file is the operator's.
boot_cri() {
  local order
  order=$(host_dir "$1")/cri
  [ -e "$order" ] || return 0
  mkdir -p "$2/etc/containerd"
  cp "$HERE/host/containerd-cri.toml" "$2/etc/containerd/config.toml"
  rm "$order"
}

# CAP_SYS_RESOURCE is number 24.
lacks_sys_resource() { (((0x$(awk '/^CapBnd/{print $2}' /proc/self/status) >> 24 & 1) == 0)); }
