# A rule that somebody made by hand.
box "$TARGET" <<'END'
iptables -t nat -S PREROUTING | grep -E "dport $PORT .*DNAT" | sed 's/^-A/iptables -t nat -D/' | bash || true
END
