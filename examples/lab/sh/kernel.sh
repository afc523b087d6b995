# shellcheck shell=bash
# Settings of the machine's kernel that a kubelet on a lab host changes: they are no host's own, so the first lab with CRI notes
# them and the last one that goes puts them back. A lab that ended without `down` is left to the next one.

KERNEL=${LAB_KERNEL:-/proc/sys}
KERNEL_NOTES=${LAB_KERNEL:-/run/flexkube-lab}
KERNEL_NOTES+=${LAB_KERNEL:+/notes}

kernel_note() (
  kernel_lock
  if [ ! -e "$KERNEL_NOTES/settings" ]; then
    for name in vm/overcommit_memory kernel/panic kernel/panic_on_oops; do
      echo "$name $(cat "$KERNEL/$name")"
    done >"$KERNEL_NOTES/settings.new"
    mv "$KERNEL_NOTES/settings.new" "$KERNEL_NOTES/settings"
  fi
  echo "$LAB_DIR" >"$KERNEL_NOTES/labs/$ID"
)

kernel_restore() (
  [ -e "$KERNEL_NOTES/labs/$ID" ] || exit 0
  kernel_lock
  rm "$KERNEL_NOTES/labs/$ID"
  for lab in "$KERNEL_NOTES"/labs/*; do
    [ ! -e "$lab" ] || ! pid_read "$(cat "$lab")/switch.pid" >/dev/null || exit 0
  done
  while read -r name value; do echo "$value" >"$KERNEL/$name"; done <"$KERNEL_NOTES/settings"
  rm -r "$KERNEL_NOTES"
)

# The lock is the directory itself; who waited while it was removed takes the new one.
kernel_lock() {
  while :; do
    mkdir -p "$KERNEL_NOTES/labs"
    exec 7<"$KERNEL_NOTES"
    flock 7
    [ "$KERNEL_NOTES" -ef /proc/self/fd/7 ] && return
  done
}
