{{- /* Parts of every pod. Nothing in it needs to be root, to write to its disk, or to speak to Kubernetes. */ -}}

{{- /* Arguments: root, role */ -}}
{{- define "homeostat.podCommon" -}}
serviceAccountName: {{ include "homeostat.name" .root }}
automountServiceAccountToken: false
# They would be variables like HOMEOSTAT_PORT=tcp://…, which a node takes for its settings.
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "homeostat.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- /*
Spread over nodes and zones is preferred, not required: with fewer nodes than instances (a node was lost, the role
scaled out) they double up, and the number of instances is kept. Per revision, so that an update spreads, too.
*/ -}}
{{- define "homeostat.spread" -}}
topologySpreadConstraints:
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "homeostat.selector" $ | nindent 8 }}
    matchLabelKeys: [pod-template-hash]
  {{- end }}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{- include "homeostat.selector" . | nindent 14 }}
{{- end -}}

{{- define "homeostat.authoritiesEnv" -}}
{{- if .Values.authorities.existingConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /etc/homeostat/authorities/{{ .Values.authorities.key }}
{{- end }}
{{- end -}}

{{- define "homeostat.authoritiesMount" -}}
- { name: authorities, mountPath: /etc/homeostat/authorities, readOnly: true }
{{- end -}}

{{- define "homeostat.authoritiesVolume" -}}
- name: authorities
  configMap: { name: {{ .Values.authorities.existingConfigMap }} }
{{- end -}}

{{- define "homeostat.redisEnv" -}}
- name: HOMEOSTAT_REDIS_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "homeostat.redisSecret" . }}
      key: {{ empty .Values.redis.existingSecret.name | ternary "url" .Values.redis.existingSecret.key }}
{{- end -}}

{{- define "homeostat.saslEnv" -}}
{{- with .Values.kafka.sasl }}
{{- if .mechanism }}
- name: HOMEOSTAT_KAFKA_SASL_USER
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret.name }}, key: {{ .existingSecret.usernameKey }} }
- name: HOMEOSTAT_KAFKA_SASL_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ .existingSecret.name }}, key: {{ .existingSecret.passwordKey }} }
{{- end }}
{{- end }}
{{- end -}}
