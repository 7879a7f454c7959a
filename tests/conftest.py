"""Settings that every suite shares: drawn examples have no deadline, as a busy computer is no failure."""

import hypothesis

hypothesis.settings.register_profile(
    "kubelab", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], derandomize=False
)
hypothesis.settings.load_profile("kubelab")
