# shellcheck shell=bash
# The Docker daemon of a host: talking to it, and its faults. host/dockerd respawns it unless /etc/no-dockerd exists.

# Replaces the calling shell: who ends this process ends the call.
docker_cli() {
  local host=${1:-}
  need "$host"
  shift
  exec docker -H "unix://$(host_dir "$host")/run/docker.sock" "$@"
}

docker_answers() {
  curl -sf --max-time 2 --unix-socket "$(host_dir "$1")/run/docker.sock" http://docker/_ping >/dev/null 2>&1
}
docker_wait() {
  if is_machine "$1"; then poll_for "$(machine_patience "$1")" 0.1 docker_answers "$1" || die "$1: dockerd does not answer"; return; fi
  poll 300 0.1 docker_answers "$1" || die "$1: dockerd does not answer: $(tail -n 5 "$(host_dir "$1")/run/dockerd.log")"
}

# After a power-on, unless it was told to stay off.
docker_back() { [ -e "$(host_dir "$1")/docker-off" ] || docker_wait "$1"; }

docker_load() { docker_cli "$1" load -q -i "$2"; }
# "k8s.io" is where CRI keeps its images.
pod_image_import() { in_host "$1" ctr --namespace k8s.io images import - <"$2" >/dev/null; }

# load_everywhere ACT TAR [NAME...]
load_everywhere() {
  local act=$1 tar=${2:-} host pids=() pid failed=0
  [ -r "$tar" ] || die "cannot read the image archive '$tar'"
  shift 2
  # shellcheck disable=SC2046 # host names
  [ $# -gt 0 ] || set -- $(hosts_up)
  for host in "$@"; do
    "$act" "$host" "$tar" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  [ $failed = 0 ] || die "$tar could not be loaded on every host"
}

# shellcheck disable=SC2016 # the quoted commands are for the host's shell
dockerd_fault() {
  local host=${1:-}
  need "$host"
  case ${2:-} in
    off) touch "$(host_dir "$host")/docker-off" ;;
    on) rm -f "$(host_dir "$host")/docker-off" ;;
  esac
  if is_machine "$host" && [ "${2:-}" != wait ]; then
    machine_dockerd "$@"
    return
  fi
  case ${2:-} in
    kill) (in_host "$host" sh -euc 'kill -KILL "$(cat /run/docker.pid)"') ;;
    off) (in_host "$host" sh -euc 'touch /etc/no-dockerd; pid=$(cat /run/docker.pid); kill -TERM "$pid"; while kill -0 "$pid" 2>/dev/null; do usleep 20000; done') ;;
    on)
      (in_host "$host" rm -f /etc/no-dockerd)
      docker_wait "$host"
      ;;
    wait) docker_wait "$host" ;;
    *) usage ;;
  esac
}
