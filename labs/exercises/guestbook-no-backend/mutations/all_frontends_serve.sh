kubectl -n guestbook scale deployment frontend --replicas=2
