# One cluster role with two rules, bound in the namespace, to the robot by its user name.
rule() { # VERB RESOURCE[.GROUP][/SUBRESOURCE]
  local name=${2%%/*} sub=''
  [[ $2 != */* ]] || sub=/${2#*/}
  local group=''
  [[ $name != *.* ]] || group=${name#*.}
  printf '{"verbs":["%s"],"apiGroups":["%s"],"resources":["%s%s"]}' "$1" "$group" "${name%%.*}" "$sub"
}
kubectl apply -f - <<YAML
apiVersion: v1
kind: ServiceAccount
metadata: {name: $ROBOT, namespace: $SPACE}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: robots-of-$SPACE}
rules: [$(rule "$VERB" "$RESOURCE"), $(rule "$ALSO" "$OBJECT")]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: robots, namespace: $SPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: robots-of-$SPACE}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: "system:serviceaccount:$SPACE:$ROBOT"}]
YAML
kubectl -n "$SPACE" patch deployment worker -p "{\"spec\":{\"template\":{\"spec\":{\"serviceAccountName\":\"$ROBOT\"}}}}"
kubectl -n "$SPACE" rollout status deployment worker --timeout=60s
