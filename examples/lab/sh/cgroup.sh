# shellcheck shell=bash
# The control groups of the lab: one tree for all of it, one group per host below. They are what is killed and frozen.

CG=/sys/fs/cgroup
cgroup_v2() { [ -e $CG/cgroup.controllers ]; }

# The folders of the lab ($1 is "") or of a part ("/h/NAME", "/switch"), one per hierarchy.
cgroups() {
  local top
  if cgroup_v2; then
    echo "$CG/$ID${1:-}"
    return
  fi
  for top in "$CG"/*/; do
    if [ ! -L "${top%/}" ] && [ -e "${top}cgroup.procs" ]; then echo "$top$ID${1:-}"; fi
  done
}

# Moves the calling shell into the groups of a part.
cgroup_join() {
  local dir
  for dir in $(cgroups "$1"); do
    mkdir -p "$dir"
    case $dir in
      */cpuset/*) cpuset_inherit "$dir" ;;
      */memory/*) [ -z "${LAB_MEM:-}" ] || echo "$LAB_MEM" >"$dir/memory.limit_in_bytes" ;;
    esac
    if cgroup_v2; then cgroup_v2_prepare "$dir"; fi
    echo "$BASHPID" >"$dir/cgroup.procs"
  done
}

# A new cpuset group of version 1 has no processors and takes no process until its parents' are copied down.
cpuset_inherit() {
  local dir=$CG/cpuset part file
  for part in $(tr / ' ' <<<"${1#"$CG/cpuset/"}"); do
    for file in cpuset.cpus cpuset.mems; do
      [ -n "$(cat "$dir/$part/$file")" ] || cat "$dir/$file" >"$dir/$part/$file"
    done
    dir=$dir/$part
  done
}

cgroup_v2_prepare() {
  local dir=$CG part controller
  for part in $(tr / ' ' <<<"${1#"$CG/"}"); do
    for controller in $(<"$dir/cgroup.controllers"); do
      # a controller that the kernel does not hand down here is done without
      echo "+$controller" 2>/dev/null >"$dir/cgroup.subtree_control" || true
    done
    dir=$dir/$part
  done
  [ -z "${LAB_MEM:-}" ] || echo "$LAB_MEM" >"$dir/memory.max"
}

# Every process of a part, by one hierarchy: each of them holds all.
processes() {
  local dir
  dir=$(cgroups "$1" | sed -n '$p')
  # groups and processes vanish while they are being read
  { find "$dir" -name cgroup.procs -exec cat {} + 2>/dev/null || true; } | sort -u
}

# Kills what runs in a part, also what is frozen or half started, waits for its end and removes the groups.
kill_all() {
  local tries pids
  for ((tries = 0; tries < 500; tries++)); do
    thaw_part "$1"
    pids=$(processes "$1")
    if [ -z "$pids" ]; then
      cgroups_remove "$1"
      return
    fi
    # shellcheck disable=SC2086 # a list of numbers
    kill -KILL $pids 2>/dev/null || true # some ended by themselves meanwhile
    sleep 0.02
  done
  die "processes are left in $ID$1: $pids"
}

# Seconds of processor time of all that a host has run, ended processes too.
cpu_seconds() {
  if cgroup_v2; then awk '/^usage_usec/{printf "%.0f\n", $2/1e6}' "$CG/$ID/h/$1/cpu.stat"; else awk '{printf "%.0f\n", $1/1e9}' "$CG/cpuacct/$ID/h/$1/cpuacct.usage"; fi
}

cgroups_remove() {
  local dir
  for dir in $(cgroups "$1"); do
    poll 50 0.05 cgroup_remove "$dir" || die "control group $dir cannot be removed"
  done
}
cgroup_remove() {
  [ ! -d "$1" ] || find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

# Version 1 has a hierarchy for freezing, version 2 a file in the only one.
freezer_write() {
  local file=$CG/freezer/$ID$1/freezer.state
  if cgroup_v2; then file=$CG/$ID$1/cgroup.freeze; fi
  [ ! -e "$file" ] || echo "$2" >"$file"
}
frozen() { grep -qs FROZEN "$CG/freezer/$ID$1/freezer.state" || grep -qsx 1 "$CG/$ID$1/cgroup.freeze"; }
