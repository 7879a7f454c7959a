"""What every suite shares: a busy computer is no failure, so no drawn example has a deadline."""

import hypothesis

hypothesis.settings.register_profile(
    "kubelab", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], derandomize=False
)
hypothesis.settings.load_profile("kubelab")
