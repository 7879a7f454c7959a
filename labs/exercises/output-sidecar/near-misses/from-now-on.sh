# variants: wrong=volume
# A sidecar that begins where the file ends when it comes: it has missed what was written before its last start.
cat > whole.yaml <<END
spec:
  template:
    spec:
      initContainers:
        - {name: teller, image: "$IMAGE", restartPolicy: Always, command: [sh, -c, "sleep 5; exec tail -n 1 -F /sales/sold.log"], volumeMounts: [{name: sales, mountPath: /sales}]}
      containers:
        - {name: teller, \$patch: delete}
END
kubectl -n "$SPACE" patch deployment "$APP" --patch-file=whole.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=60s
sleep 4
