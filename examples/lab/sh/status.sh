# shellcheck shell=bash
# What a person looks at.

status() {
  local host dir state pid containers
  for host in $(hosts); do
    dir=$(host_dir "$host") state=down containers=-
    if pid=$(host_pid "$host"); then
      state=up
      if frozen "/h/$host"; then state=frozen; else containers=$(docker_cli "$host" ps -q 2>/dev/null | wc -l); fi
    fi
    printf '%-11s %-6s ip=%s pid=%s memory=%s containers=%s disk=%s base=%s\n' "$host" "$state" "$(cat "$dir/ip")" "${pid:--}" \
      "$(memory "$host")" "$containers" "$(du -sh --one-file-system "$dir" 2>/dev/null | cut -f1)" "$(basename "$(cat "$dir/base")")"
  done
}

# Anonymous memory of all processes of a host.
memory() {
  # shellcheck disable=SC2016 # awk's own
  # a process may end while it is looked at
  processes "/h/$1" | sed 's|.*|/proc/&/status|' | xargs -r awk '/^RssAnon/{sum+=$2}END{printf "%dMiB", sum/1024}' 2>/dev/null || true
}

host_log() {
  need "${1:-}"
  tail -n "${2:-50}" "$(host_dir "$1")"/run/*.log
}
