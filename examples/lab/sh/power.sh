# shellcheck shell=bash
# Making, starting and ending hosts.

# host_new NAME[=BASE]
host_new() {
  local host=${1%%=*} base=${1#*=} dir last kind=namespace
  [ "$host" != "$1" ] || base=$DEFAULT_BASE
  dir=$(host_dir "$host")
  [ ! -d "$dir" ] || return 0
  [[ $host =~ ^[a-z][a-z0-9-]{0,10}$ ]] || die "bad host name '$host': letters, digits and dashes, 11 at most"
  case $base in machine | machine-* | emulated | emulated-*) kind=machine ;; *) base=$(base_dir "$base") ;; esac
  for last in $(seq 11 250); do grep -qsx "$NET.$last" "$LAB_DIR"/h/*/ip || break; done
  rm -rf "$dir.new"
  mkdir -p "$dir.new"/{disk,root,run}
  echo "$NET.$last" >"$dir.new/ip"
  if [ $kind = machine ]; then
    machine_new "$dir.new" "$base"
  else
    echo "$base" >"$dir.new/base"
    [ -z "${LAB_CRI:-}" ] || touch "$dir.new/cri"
    disk_new "$dir.new"
  fi
  mv "$dir.new" "$dir"
}

base_dir() {
  case $1 in
    /*)
      [ -d "$1/usr" ] || die "no host root in $1"
      echo "$1"
      ;;
    stable) "$HERE/base" ;;
    *) "$HERE/base-suite" "$1" ;;
  esac
}

host_start() {
  local host=$1 dir outer pid
  if is_machine "$host"; then
    machine_start "$host"
    return
  fi
  dir=$(host_dir "$host")
  if host_pid "$host" >/dev/null && [ -e "$dir/run/net-ready" ]; then return; fi
  kill_all "/h/$host" # a start that was interrupted
  rm -f "$dir"/run/{docker.sock,net-ready,booted}
  (
    cgroup_join "/h/$host"
    cd / && exec setsid unshare --mount --propagation private --net --uts --ipc --pid --cgroup --fork --kill-child=KILL -- \
      "$SELF" __boot "$host" </dev/null >"$dir/run/init.log" 2>&1 9>&-
  ) &
  outer=$!
  poll 200 0.02 inner_pid "$outer" >/dev/null || die "$host did not start: $(cat "$dir/run/init.log")"
  pid=$(inner_pid "$outer") || die "$host did not start: $(cat "$dir/run/init.log")"
  # in version 2 a group with groups of its own holds no processes: what is outside of containers goes into a leaf
  if cgroup_v2; then mkdir -p "$CG/$ID/h/$host/init" && printf '%s\n' "$outer" "$pid" | xargs -I{} sh -c "echo {} >$CG/$ID/h/$host/init/cgroup.procs"; fi
  pid_write "$pid" "$dir/pid"
  cable_attach "$host" "$pid"
  touch "$dir/run/net-ready"
  poll 500 0.02 booted "$host" || die "$host did not boot: $(cat "$dir/run/init.log")"
}
# The child of unshare is the host's process 1; a child of the shell that unshare replaces is not.
inner_pid() {
  local children
  [ "$(cat "/proc/$1/comm" 2>/dev/null)" = unshare ] || return 1
  children=$(<"/proc/$1/task/$1/children")
  [ -n "$children" ] && echo "${children% }"
}

host_kill() {
  local pid
  if pid=$(host_pid "$1"); then kill -KILL "$pid"; fi
  kill_all "/h/$1"
  rm -f "$(host_dir "$1")/pid"
}

host_stop() {
  local pid
  if is_machine "$1"; then
    machine_stop "$1"
    return
  fi
  thaw "$1"
  if pid=$(host_pid "$1"); then
    kill -USR2 "$pid" # busybox init: power off
    poll 600 0.05 host_down "$1" || echo "hosts: $1 did not stop in 30 s; power cut" >&2
  fi
  host_kill "$1"
}
# As its users would: a machine by systemd, and nothing of it ends in between but what systemd ends.
host_reboot() {
  if is_machine "$1"; then
    machine_reboot "$1"
    return
  fi
  host_stop "$1"
  host_start "$1"
}
host_down() { ! host_pid "$1" >/dev/null; }

host_remove() {
  host_kill "$1"
  if switch_pid >/dev/null; then cable_remove "$1"; fi
  if is_machine "$1"; then machine_remove "$1"; fi
  rm -rf --one-file-system "$(host_dir "$1")"
}

freeze() {
  host_pid "$1" >/dev/null || die "$1 is down"
  if cgroup_v2; then freezer_write "/h/$1" 1; else freezer_write "/h/$1" FROZEN; fi
}
thaw() { thaw_part "/h/$1"; }
thaw_part() { if cgroup_v2; then freezer_write "$1" 0; else freezer_write "$1" THAWED; fi; }
