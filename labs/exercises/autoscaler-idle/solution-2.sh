case $WRONG in
  requests) # The pods stay as they are: the autoscaler looks at the container app alone.
    kubectl -n "$SPACE" patch hpa "$APP" --type=merge -p '{"spec":{"metrics":[{"type":"ContainerResource",
      "containerResource":{"name":"cpu","container":"app","target":{"type":"Utilization","averageUtilization":50}}}]}}' ;;
  metrics) # The lab's own objects once more.
    box "$CONTROL_PLANE" systemctl restart kubelab-addons.service ;;
  rules) # Another autoscaler of the same name.
    kubectl -n "$SPACE" delete hpa "$APP"
    kubectl -n "$SPACE" autoscale deployment "$APP" --min=1 --max=3 --cpu=50% ;;
esac
