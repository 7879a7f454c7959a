kubectl -n guestbook rollout restart deployment frontend
