#!/usr/bin/env bash
# NAME: a webhook that must admit every pod, and whose service does not exist.
api
kubectl create -f - > /dev/null << END
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: $NAME}
webhooks:
  - name: $NAME.example.com
    clientConfig: {service: {namespace: default, name: $NAME, path: /validate}}
    rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods]}]
    failurePolicy: Fail
    sideEffects: None
    timeoutSeconds: 3
    admissionReviewVersions: [v1]
END
