{{- /* The form of this release's pods. What undoes the chain always is an initContainer. */}}
{{- define "cni-bootstrap.form" -}}
{{ ternary "init" .Values.form .Values.uninstall }}
{{- end }}

{{- /* The directory to mount: a form that stays sees the conf dir made anew only through a mount of its parent. */}}
{{- define "cni-bootstrap.confMount" -}}
{{ ternary .Values.host.confDir (dir .Values.host.confDir) (eq (include "cni-bootstrap.form" .) "init") }}
{{- end }}

{{- /* The program's container, in each form. */}}
{{- define "cni-bootstrap.container" -}}
- name: cni-bootstrap
  image: {{ include "cni-bootstrap.image" . | quote }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  {{- if eq (include "cni-bootstrap.form" .) "sidecar" }}
  restartPolicy: Always
  {{- end }}
  args:
    {{- if .Values.uninstall }}
    - uninstall
    - --host-root=/host
    - --owner={{ .Values.owner | default (dig "type" "node" (first .Values.plugins | default dict)) }}
    {{- else }}
    - {{ ternary "install" "watch" (eq .Values.form "init") }}
    - --host-root=/host
    - --primary-timeout=0
    {{- if .Values.plugins }}
    - --position={{ .Values.position }}
    {{- end }}
    - --max-conf-num={{ .Values.maxConfNum }}
    - --on-failure={{ .Values.onFailure }}
    {{- with .Values.owner }}
    - --owner={{ . }}
    {{- end }}
    {{- with .Values.primary }}
    - {{ printf "--primary=%s" . | quote }}
    {{- end }}
    {{- with .Values.primaryDir }}
    - --primary-dir={{ . }}
    {{- end }}
    {{- range .Values.plugins }}
    - {{ printf "--plugin=%s" (toJson .) | squote }}
    {{- end }}
    {{- range .Values.binaries }}
    - --install-bin={{ .name }}=/staging/{{ .name }}
    {{- end }}
    {{- if ne .Values.form "init" }}
    - --listen=127.0.0.1:{{ .Values.probes.port }}
    {{- if .Values.metrics.enabled }}
    - --listen={{ .Values.metrics.address }}:{{ .Values.metrics.port }}
    {{- end }}
    {{- end }}
    {{- end }}
  {{- with .Values.extraEnv }}
  env:
    {{- range $name, $value := . }}
    - name: {{ $name }}
      value: {{ $value | quote }}
    {{- end }}
  {{- end }}
  {{- if ne (include "cni-bootstrap.form" .) "init" }}
  {{- if .Values.metrics.enabled }}
  ports:
    - {name: metrics, containerPort: {{ .Values.metrics.port }}}
  {{- end }}
  startupProbe:
    httpGet: {host: 127.0.0.1, port: {{ .Values.probes.port }}, path: /startupz}
    periodSeconds: 5
    timeoutSeconds: 5
    # It waits for the primary as long as that takes, so the start never counts as failed.
    failureThreshold: 2147483647
  livenessProbe:
    httpGet: {host: 127.0.0.1, port: {{ .Values.probes.port }}, path: /healthz}
    periodSeconds: 30
    timeoutSeconds: 5
    failureThreshold: 4
  {{- end }}
  securityContext:
    runAsUser: 0
    runAsGroup: 0
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
    {{- with .Values.seLinuxType }}
    seLinuxOptions:
      type: {{ . }}
    {{- end }}
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  volumeMounts:
    - {name: cni-conf, mountPath: {{ printf "/host%s" (include "cni-bootstrap.confMount" .) | quote }}}
    - {name: cni-bin, mountPath: {{ printf "/host%s" .Values.host.binDir | quote }}, readOnly: {{ empty .Values.binaries }}}
    - {name: containerd-config, mountPath: {{ printf "/host%s" .Values.host.containerdConfigDir | quote }}}
    - {name: containerd-run, mountPath: {{ printf "/host%s" .Values.host.containerdRunDir | quote }}}
    - {name: systemd-run, mountPath: {{ printf "/host%s" .Values.host.systemdRunDir | quote }}, readOnly: true}
    - {name: record, mountPath: /host/var/lib/cni-bootstrap}
    - {name: guard, mountPath: /host/run/cni-bootstrap}
    {{- with .Values.primaryDir }}
    - {name: primary, mountPath: {{ printf "/host%s" . | quote }}, readOnly: true}
    {{- end }}
    {{- if .Values.binaries }}
    - {name: staging, mountPath: /staging, readOnly: true}
    {{- end }}
{{- end }}
