#!/usr/bin/env bash
# The metrics API leads to a service that does not exist.
change apiservice v1beta1.metrics.k8s.io - --arg name "$NAME" '.spec.service.name = $name'
