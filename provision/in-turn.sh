#!/usr/bin/env bash
# in-turn NAME COMMAND…: run a command while this machine alone has the turn NAME in the whole cluster.
# The turn is a ConfigMap of kube-system: one machine can create it, and it goes when the command has ended. Its holder
# writes into it every 5 s; one that has not changed for 20 s by this machine's clock belongs to a lost holder.
set -euo pipefail
PATH=/opt/bin:$PATH
name=$1 machine=$(hostname) seen="" since=0
shift
turn=(configmap "$name-turn" --namespace kube-system)

create() { kubectl create "${turn[@]}" --from-literal="holder=$machine" > /dev/null 2>&1; }
version() { kubectl get "${turn[@]}" -o 'jsonpath={.metadata.resourceVersion}' 2> /dev/null; }
# Of several machines that see a lost holder one succeeds: the version must still be the one that was seen.
replace() {
  kubectl patch "${turn[@]}" --type merge \
    --patch "{\"metadata\":{\"resourceVersion\":\"$1\"},\"data\":{\"holder\":\"$machine\"}}" > /dev/null 2>&1
}
renew() {
  while sleep 5; do
    kubectl patch "${turn[@]}" --type merge --patch "{\"data\":{\"holder\":\"$machine\",\"at\":\"$SECONDS\"}}" \
      > /dev/null 2>&1 || true
  done
}

end=$((SECONDS + 1200))
until create; do
  ((SECONDS < end)) || { echo "another machine kept the turn $name for 1200 s" >&2; exit 1; }
  now=$(version) || now=""
  [[ $now == "$seen" ]] || { seen=$now since=$SECONDS; }
  if [[ -n $seen ]] && ((SECONDS - since >= 20)) && replace "$seen"; then break; fi
  sleep 1
done
renew &
trap 'kill $! 2> /dev/null; kubectl delete "${turn[@]}" --ignore-not-found > /dev/null' EXIT
"$@"
