# shellcheck shell=bash
# The lab's network: a bridge in a network namespace of its own, a veth pair per host. Nothing of it is in the machine's own network.

in_switch() {
  local pid
  pid=$(switch_pid) || die "the lab $LAB_DIR is not up"
  nsenter -t "$pid" -n -- "$@"
}

switch_up() {
  local pid
  if switch_pid >/dev/null && [ -e "$LAB_DIR/switch.ready" ]; then return; fi
  kill_all /switch # a start that was interrupted
  mkdir -p "$LAB_DIR/h"
  printf 'LAB_NET=%q\nLAB_BASE=%q\n' "$NET" "$DEFAULT_BASE" >"$LAB_DIR/env"
  (
    cgroup_join /switch
    cd / && exec setsid unshare --net -- sleep infinity </dev/null >/dev/null 2>&1 9>&-
  ) &
  pid=$!
  poll 200 0.02 is_sleep "$pid" || die "the switch did not start"
  pid_write "$pid" "$LAB_DIR/switch.pid"
  in_switch sh -euc "sysctl -qw net.ipv6.conf.all.disable_ipv6=1; ip link set lo up
    ip link add br0 type bridge; ip addr add $NET.1/24 dev br0; ip link set br0 up"
  watcher_start
  touch "$LAB_DIR/switch.ready"
}
is_sleep() { [ "$(cat "/proc/$1/comm")" = sleep ]; }

# Takes the lab down when the process LAB_OWNER is gone, and ends by itself when the lab is gone first.
watcher_start() {
  [ -n "${LAB_OWNER:-}" ] || return 0
  watcher_stop
  local owner
  owner="$LAB_OWNER $(start_time "$LAB_OWNER")" || die "LAB_OWNER $LAB_OWNER is no process"
  LAB_DIR=$LAB_DIR setsid "$SELF" __run watch "$owner" </dev/null >/dev/null 2>&1 9>&- &
  pid_write $! "$LAB_DIR/watcher.pid"
}
watch() {
  echo "$1" >"$LAB_DIR/owner.pid"
  while pid_read "$LAB_DIR/owner.pid" >/dev/null; do sleep 0.5; done
  [ -d "$LAB_DIR" ] || exit 0
  exec "$SELF" down
}
watcher_stop() {
  local pid
  pid=$(pid_read "$LAB_DIR/watcher.pid") || return 0
  [ "$pid" = $$ ] || kill -KILL "$pid" # when it is this process, the lab is being taken down by it
}

# The host's end of the cable is its eth0.
cable_attach() {
  local host=$1 pid=$2
  cable_remove "$host"
  in_switch ip link add "v-$host" type veth peer name eth0 netns "$pid"
  in_switch ip link set "v-$host" master br0 up
  nsenter -t "$pid" -n -- sh -euc "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.disable_ipv6=1
    ip addr add $(cat "$(host_dir "$host")/ip")/24 dev eth0; ip link set eth0 up; ip route add default via $NET.1"
}
cable_remove() { in_switch ip link del "v-$1" 2>/dev/null || true; } # the kernel may have removed it with the host
cable() {
  need "$1"
  in_switch ip link set "v-$1" "$2"
}

drop() { in_switch ebtables -A "$@" -j DROP; }
partition() {
  need "${1:-}"
  if [ $# -gt 1 ]; then
    oneway "$1" "$2"
    oneway "$2" "$1"
    return
  fi
  drop FORWARD -i "v-$1"
  drop FORWARD -o "v-$1"
  drop INPUT -i "v-$1"
  drop OUTPUT -o "v-$1"
}
oneway() {
  need "${1:-}"
  need "${2:-}"
  drop FORWARD -i "v-$1" -o "v-$2"
}

slow() {
  local host=${1:-} rate=${2:-} pid
  need "$host"
  [ -n "$rate" ] || usage
  pid=$(host_pid "$host") || die "$host is down"
  in_switch tc qdisc del dev "v-$host" root 2>/dev/null || true # there may be none
  slow_host "$host" tc qdisc del dev eth0 root 2>/dev/null || true
  [ "$rate" != off ] || return 0
  in_switch tc qdisc add dev "v-$host" root tbf rate "$rate" burst 4kb latency 300ms
  slow_host "$host" tc qdisc add dev eth0 root tbf rate "$rate" burst 4kb latency 300ms
}

# A machine's end of the cable is u-NAME in the switch's namespace.
slow_host() { # HOST COMMAND... dev eth0 ...
  local host=$1 words=()
  shift
  if is_machine "$host"; then
    words=("${@/#eth0/u-$host}")
    in_switch "${words[@]}"
  else
    nsenter -t "$(host_pid "$host")" -n -- "$@"
  fi
}

# heal [NAME...]: all, or what the named hosts have part in.
heal() {
  local host
  if [ $# = 0 ]; then
    in_switch ebtables -F
    # shellcheck disable=SC2046 # host names
    set -- $(hosts_up)
  fi
  for host in "$@"; do
    need "$host"
    drops_forget "$host"
    host_pid "$host" >/dev/null || continue
    cable "$host" up
    slow "$host" off
  done
}
drops_forget() {
  local rule
  while read -r rule; do
    # shellcheck disable=SC2086 # the words of a rule
    in_switch ebtables -D ${rule#-A }
  done < <(in_switch ebtables-save | grep -E -- "^-A .*-[io] v-$1( |\$)")
}
