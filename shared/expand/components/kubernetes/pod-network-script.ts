// The script that keeps a node's part of the pod network. POSIX sh with iproute2's ip and iptables.

/** Arguments: the network of all pods, the file of routes, seconds between two looks. */
export const podNetworkScript = `#!/bin/sh
# Keeps three things, which a reboot or another program takes away: routes to the pods of other nodes, pods' packets
# accepted (Docker drops what it does not know), and the host's own address on what pods send out of the cluster.
set -eu
cluster=$1 routes=$2 interval=$3
mark=116 # protocol number of our routes; others are never removed
newline='
'

case $cluster in
*:*) family=-6 tables=ip6tables multicast=ff00::/8 ;;
*) family=-4 tables=iptables multicast=224.0.0.0/4 ;;
esac

trap 'exit 0' INT TERM

# The file is read anew each time: a node that joins or leaves changes it, and this goes on running.
failing=$newline
keep_routes() {
  present=$newline$(ip $family -oneline route show proto $mark)
  wanted=$newline failed=$failing failing=$newline
  while read -r network address; do
    wanted=$wanted$network$newline
    case $present in *"$newline$network via $address "*) ;; *) set_route "$network" "$address" ;; esac
  done <"$routes"
  # no pipe: an empty line stands for no routes
  while read -r network _; do
    case $wanted in *"$newline$network$newline"*) continue ;; esac
    [ -z "$network" ] || remove_route "$network"
  done <<END
$present
END
}

set_route() {
  if error=$(ip $family route replace "$1" via "$2" proto $mark 2>&1); then
    echo "route to $1 via $2"
    return
  fi
  failing=$failing$1$newline
  # said once, tried each time
  case $failed in *"$newline$1$newline"*) ;; *) echo "no route to $1 via $2 yet: $error" >&2 ;; esac
}

remove_route() {
  if ip $family route del "$1" proto $mark; then
    echo "no route to $1 any more"
  else
    echo "the route to $1 is gone already" >&2
  fi
}

# Each table's part is a chain of our own, replaced as a whole, and one jump to it.
keep_chain() { # TABLE FROM CHAIN WANTED-LISTING RULES
  listing=$($tables -w -t "$1" -S "$3" 2>/dev/null || :)
  if [ -z "$4" ] || [ "$listing" != "$4" ]; then
    printf '*%s\\n:%s - [0:0]\\n%s\\nCOMMIT\\n' "$1" "$3" "$5" | $tables-restore -w --noflush
    listing=$($tables -w -t "$1" -S "$3")
    echo "chain $3 of $1"
  fi
  $tables -w -t "$1" -C "$2" -j "$3" 2>/dev/null && return
  $tables -w -t "$1" -I "$2" -j "$3"
  echo "jump from $2 to $3 of $1"
}

forward_listing='' nat_listing=''
keep_rules() {
  # packets that belong to no connection are for later rules to drop
  keep_chain filter FORWARD FLEXKUBE-FORWARD "$forward_listing" "-A FLEXKUBE-FORWARD -m conntrack --ctstate INVALID -j RETURN
-A FLEXKUBE-FORWARD -s $cluster -j ACCEPT
-A FLEXKUBE-FORWARD -d $cluster -j ACCEPT"
  forward_listing=$listing
  keep_chain nat POSTROUTING FLEXKUBE-POSTROUTING "$nat_listing" "-A FLEXKUBE-POSTROUTING ! -s $cluster -j RETURN
-A FLEXKUBE-POSTROUTING -d $cluster -j RETURN
-A FLEXKUBE-POSTROUTING -d $multicast -j RETURN
-A FLEXKUBE-POSTROUTING -j MASQUERADE --random-fully"
  nat_listing=$listing
}

while :; do
  keep_routes
  keep_rules
  sleep "$interval" &
  wait $! # unlike sleep itself, it ends at once on a signal
done
`;
