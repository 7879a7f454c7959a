# It tells everything, and starts whenever it comes: an ordinary container beside the program.
cat > whole.yaml <<END
spec:
  template:
    spec:
      initContainers: null
      containers:
        - {name: app, volumeMounts: [{name: sales, mountPath: $FOLDER}]}
        - {name: teller, image: "$IMAGE", command: [sh, -c, "exec tail -n +1 -F /sales/sold.log"], volumeMounts: [{name: sales, mountPath: /sales}]}
      volumes: [{name: sales, emptyDir: {}}]
END
kubectl -n "$SPACE" patch deployment "$APP" --patch-file=whole.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
