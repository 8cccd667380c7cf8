{{- /*
The image. A name that no node can pull is refused, as "cni-bootstrap lint" refuses it: one without a registry, one of a
registry that is reserved for examples (RFC 2606), one with a character that no image has.
*/ -}}
{{- define "cni-bootstrap.image" -}}
{{- $image := .Values.image -}}
{{- $host := index (splitList "/" $image.repository) 0 | splitList ":" | first -}}
{{- $reserved := regexMatch "(^|\\.)(example|invalid|example\\.(com|net|org))$" $host -}}
{{- $docker := regexMatch "^(docker\\.io/)?(library/)?cni-bootstrap$" $image.repository -}}
{{- if or $reserved $docker (not (regexMatch "^[^/]+/[a-z0-9/._-]+$" $image.repository)) -}}
{{- fail (printf "image.repository is %q, which is a placeholder: give the image that a release published or that you built (--set image.repository=REGISTRY/cni-bootstrap, or deploy/set-image IMAGE)" $image.repository) -}}
{{- end -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
