cat > whole.yaml <<END
spec:
  template:
    spec:
      initContainers: null
      containers:
        - {name: teller, image: "$IMAGE", command: [sh, -c, "exec tail -n +1 -F /sales/sold.log"], volumeMounts: [{name: sales, mountPath: /sales}]}
END
kubectl -n "$SPACE" patch deployment "$APP" --patch-file=whole.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
