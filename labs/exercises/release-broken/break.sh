kubectl create namespace "$SPACE"
until_true 10 kubectl -n "$SPACE" get serviceaccount default

# values IMAGE REPLICAS GREETING: write what the next release is given.
values() { printf 'image: "%s"\nreplicas: %s\ngreeting: "%s"\n' "$@" > values.yaml; }
# release COMMAND IMAGE REPLICAS GREETING OPTION…: install or upgrade it with these values.
release() {
  local verb=$1
  values "$2" "$3" "$4"
  shift 4
  helm -n "$SPACE" "$verb" "$APP" "$FILES/counter" --values values.yaml --timeout 90s "$@"
}
image_of() { kubectl -n "$SPACE" get deployment "$APP" -o jsonpath='{.spec.template.spec.containers[0].image}'; }
under_way() { [[ $(image_of) == "$IMAGE-autumn" && $(helm -n "$SPACE" list --pending --short) == "$APP" ]]; }

case $WRONG in
  broken)
    release install "$IMAGE" 1 Closed --wait
    release upgrade "$IMAGE" "$REPLICAS" "$WORD, come in" --wait
    release upgrade "$IMAGE-autumn" 1 "Autumn sale"
    # The API server refuses this one.
    ! release upgrade "$IMAGE-autumn" 1 "Winter sale" --set-string port=none ;;
  pending)
    release install "$IMAGE" 1 Closed --wait
    values "$IMAGE-autumn" "$REPLICAS" "$WORD, come in"
    helm -n "$SPACE" upgrade "$APP" "$FILES/counter" --values values.yaml --wait > upgrade.log 2>&1 &
    until_true 20 under_way
    # Helm itself, and no function around it: it would end the upgrade later on.
    kill -9 $! ;;
esac
