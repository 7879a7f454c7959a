#!/usr/bin/env bash
# keep-record: the last step; make the record equal to files.tsv.
. "$(dirname "$0")/../lib.sh"

cp "$BOX/files.tsv" "$RECORD.new"
mv -f "$RECORD.new" "$RECORD"
