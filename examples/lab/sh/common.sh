# shellcheck shell=bash disable=SC2034 # its variables are used by the other parts
# Where things are, and small helpers that every part uses. Sourced by ../hosts after SELF, HERE and GIVEN are set.

LAB_DIR=${LAB_DIR:-/tmp/lab}
LAB_CACHE=${LAB_CACHE:-${FLEXKUBE_CACHE:-$HOME/.cache/flexkube}}
# what the first `up` was told stays true for this lab
# shellcheck disable=SC1091
[ ! -e "$LAB_DIR/env" ] || . "$LAB_DIR/env"
NET=${LAB_NET:-10.77.0}
DEFAULT_BASE=${LAB_BASE:-stable}
ID=lab-$(printf %s "$LAB_DIR" | cksum | cut -d' ' -f1)
export LAB_DIR LAB_CACHE

die() {
  echo "hosts: $*" >&2
  exit 1
}

host_dir() { echo "$LAB_DIR/h/$1"; }

need() { if [ -z "${1:-}" ] || [ ! -d "$(host_dir "$1")" ]; then die "no host '${1:-}' in $LAB_DIR"; fi; }

# Calls the function $1 once for each of the hosts that follow.
each() {
  local act=$1 host
  shift
  for host in "$@"; do need "$host"; done
  for host in "$@"; do "$act" "$host"; done
}

# One of up, down, start, ... at a time. `down` removes the lock file, so who waited for it must look again.
lock() {
  mkdir -p "$LAB_DIR"
  while :; do
    exec 9>"$LAB_DIR.lock"
    flock 9
    [ "$LAB_DIR.lock" -ef /proc/self/fd/9 ] && return
  done
}

# poll TRIES SECONDS CMD...: until CMD succeeds; false when it never did.
poll() {
  local tries=$1 pause=$2
  shift 2
  while ! "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep "$pause"
  done
}

# poll_for SECONDS PAUSE CMD...: the same until so much time has passed, for commands that may take longer than the pause.
poll_for() {
  local end=$((SECONDS + $1)) pause=$2
  shift 2
  while ! "$@"; do
    [ $SECONDS -lt "$end" ] || return 1
    sleep "$pause"
  done
}

hosts() {
  local dir
  for dir in "$LAB_DIR"/h/*/; do [ ! -d "$dir" ] || basename "$dir"; done
}

hosts_up() {
  local host
  for host in $(hosts); do if host_pid "$host" >/dev/null; then echo "$host"; fi; done
}

# A pid file holds "pid starttime", so a pid that the kernel gave to another process is never taken for ours.
start_time() { cut -d' ' -f22 "/proc/$1/stat" 2>/dev/null; }
pid_write() { echo "$1 $(start_time "$1")" >"$2"; }
pid_read() {
  local pid since
  read -r pid since 2>/dev/null <"$1" || return 1
  [ "$(start_time "$pid")" = "$since" ] && echo "$pid"
}
host_pid() { pid_read "$(host_dir "$1")/pid"; }
switch_pid() { pid_read "$LAB_DIR/switch.pid"; }

# A host before its boot script ran still shows the machine's own root to who enters it: never enter one.
booted() { [ -e "$(host_dir "$1")/run/booted" ]; }
in_host() {
  local host=$1 pid
  shift
  need "$host"
  pid=$(host_pid "$host") || die "$host is down"
  ! is_machine "$host" || machine_exec "$host" "$@"
  booted "$host" || die "$host has not booted"
  exec nsenter -t "$pid" -a env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb "$@"
}

# Docker's command line is a package of its own since Debian 13.
docker_package() { if [[ $(apt-cache show docker-cli 2>/dev/null) == *'Package: docker-cli'* ]]; then echo docker-cli; else echo docker.io; fi; }
require_tools() {
  local docker=()
  [ "$(id -u)" = 0 ] || die "root is needed"
  command -v docker >/dev/null || docker=("docker:$(docker_package)")
  require_programs dockerd:docker.io containerd:containerd runc:runc ebtables:iptables ip:iproute2 tc:iproute2 \
    busybox:busybox-static unshare:util-linux flock:util-linux curl:curl mkfs.ext4:e2fsprogs "${docker[@]}"
}
require_programs() { # PROGRAM:PACKAGE...
  local missing=() program
  for program in "$@"; do
    command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
  done
  [ ${#missing[@]} = 0 ] || die "missing Debian packages: $(printf '%s\n' "${missing[@]}" | sort -u | tr '\n' ' ')"
}
