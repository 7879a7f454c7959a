# also red: unit_is_enabled, member_is_healthy
box "$TARGET" 'systemctl stop etcd'
