"""One door to each outside program and protocol: Docker, Vagrant, ssh, kubectl, the Kubernetes API, /proc."""
