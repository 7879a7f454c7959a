# Whatever is served, another one is: the files are new and the program has not read them.
box "$TARGET" <<'END'
for file in $KUBECONFIGS; do touch "$file"; done
[[ -n $KUBECONFIGS ]] || systemctl stop etcd
END
