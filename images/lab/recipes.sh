#!/bin/bash
# The recipes of the lab's images, for make: inputs_NAME prints what the image depends on besides this file,
# recipe_NAME fills $root and sets $reference and $config (the image's config section).
# shellcheck disable=SC2034,SC2154 # reference and config are read by make; root, here, cache and arch are set there

skeleton() {
  mkdir -p "$root"/{usr/bin,usr/sbin,usr/lib,usr/lib64,usr/local/bin,usr/local/sbin,etc,tmp,run,var/lib,root}
  ln -s usr/bin "$root/bin"
  ln -s usr/sbin "$root/sbin"
  ln -s usr/lib "$root/lib"
  ln -s usr/lib64 "$root/lib64"
  ln -s /run "$root/var/run"
  chmod 1777 "$root/tmp"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
  echo 'root:x:0:' >"$root/etc/group"
  echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
}

put() { # SOURCE DESTINATION - one program of this machine and the shared libraries it needs
  cp -L "$1" "$root$2"
  put_libraries "$1"
}

put_libraries() { # PROGRAM
  local library
  for library in $({ ldd "$1" 2>/dev/null || true; } | grep -o '/[^ ]*\.so[^ ]*'); do
    mkdir -p "$root${library%/*}"
    cp -Lu "$library" "$root$library"
  done
}

inputs_busybox() { sha256sum /bin/busybox; }

recipe_busybox() {
  local applet
  put /bin/busybox /usr/bin/busybox
  put_libraries /bin/true # libc, which busybox loads to resolve names
  for applet in $(busybox --list); do
    [ -e "$root/usr/bin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
  done
  reference=busybox:lab
  config='{"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sh"]}'
}

inputs_haproxy() { sha256sum /usr/sbin/haproxy /bin/busybox; }

# As the official image: user haproxy, master-worker mode by its entrypoint, a soft stop on SIGUSR1.
recipe_haproxy() {
  put /usr/sbin/haproxy /usr/local/sbin/haproxy
  put /bin/busybox /usr/bin/busybox
  ln -s busybox "$root/usr/bin/sh"
  mkdir -p "$root/usr/local/etc/haproxy" "$root/var/lib/haproxy"
  echo 'haproxy:x:99:99:haproxy:/var/lib/haproxy:/bin/sh' >>"$root/etc/passwd"
  echo 'haproxy:x:99:' >>"$root/etc/group"
  cat >"$root/usr/local/bin/docker-entrypoint.sh" <<'END'
#!/bin/sh
# Options alone are meant for haproxy; haproxy itself runs in the foreground, as master and worker.
set -e
case ${1-} in -*) set -- haproxy "$@" ;; esac
if [ "${1-}" = haproxy ]; then shift; set -- haproxy -W -db "$@"; fi
exec "$@"
END
  chmod 755 "$root/usr/local/bin/docker-entrypoint.sh"
  # the tag that the examples name, which is Debian 12's version; on another release the program is what that has
  reference=haproxy:2.6.12
  config='{"User":"haproxy","Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    "Entrypoint":["docker-entrypoint.sh"],"Cmd":["haproxy","-f","/usr/local/etc/haproxy/haproxy.cfg"],
    "WorkingDir":"/var/lib/haproxy","StopSignal":"SIGUSR1"}'
}

etcd_image() { # VERSION
  mkdir -p "$root/var/lib/etcd"
  chmod 700 "$root/var/lib/etcd"
  reference=quay.io/coreos/etcd:v$1
  config='{"Env":["PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["/usr/local/bin/etcd"],
    "WorkingDir":"/var/lib/etcd/","ExposedPorts":{"2379/tcp":{},"2380/tcp":{}}}'
}

etcd_from_modules() { # 3.5, 3.6 or 3.7: compiled once per go.sum, kept in the cache
  local program
  for program in etcd:server etcdctl:etcdctl etcdutl:etcdutl; do
    go_program "etcd-$1" "go.etcd.io/etcd/${program#*:}/v3" "/usr/local/bin/${program%%:*}"
  done
  etcd_image "$(module_version "etcd-$1" go.etcd.io/etcd/server/v3)"
}

module_version() { # MODULE DEPENDENCY - the version that lab/MODULE/go.mod pins, without the v
  sed -n "s|^\(require \)\?\t*$2 v\([^ ]*\).*|\2|p" "$here/$1/go.mod"
}

# Compiles a program of lab/MODULE once for what that folder holds, keeps it in the cache and puts it into the image.
go_program() ( # MODULE PACKAGE DESTINATION [LINKER-FLAGS]; in a subshell, so that its lock ends with it
  bin=$cache/bin/$1-$(cat "$here/$1"/* | sha256sum | cut -c1-16)
  program=$bin/${3##*/}
  mkdir -p "$bin"
  exec 7>"$bin/lock"
  flock 7
  if [ ! -e "$program" ]; then
    echo "compiling ${3##*/} ($1), once" >&2
    CGO_ENABLED=0 GOFLAGS=-mod=readonly GOTOOLCHAIN=local \
      nice "$here/go" build -C "$here/$1" -trimpath -gcflags=all=-dwarf=false -ldflags "-s -w ${4:-}" -o "$program.new" "$2"
    mv "$program.new" "$program"
  fi
  cp "$program" "$root$3"
)

inputs_etcd35() { cat "$here/etcd-3.5/go.mod" "$here/etcd-3.5/go.sum"; }
recipe_etcd35() { etcd_from_modules 3.5; }
inputs_etcd36() { cat "$here/etcd-3.6/go.mod" "$here/etcd-3.6/go.sum"; }
recipe_etcd36() { etcd_from_modules 3.6; }
inputs_etcd37() { cat "$here/etcd-3.7/go.mod" "$here/etcd-3.7/go.sum"; }
recipe_etcd37() { etcd_from_modules 3.7; }
