cat > whole.yaml <<END
spec:
  template:
    spec:
      initContainers:
        - name: teller
          image: "$IMAGE"
          restartPolicy: Always
          command: [sh, -c, "exec tail -n +1 -F /sales/sold.log"]
          volumeMounts: [{name: sales, mountPath: /sales}]
      containers:
        - {name: teller, \$patch: delete}
        - {name: app, volumeMounts: [{name: sales, mountPath: $FOLDER}]}
      volumes: [{name: sales, emptyDir: {}}]
END
kubectl -n "$SPACE" patch deployment "$APP" --patch-file=whole.yaml
kubectl -n "$SPACE" rollout status deployment "$APP" --timeout=80s
