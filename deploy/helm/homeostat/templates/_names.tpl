{{- define "homeostat.name" -}}
{{- .Values.nameOverride | default .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- /* Arguments: root, role */ -}}
{{- define "homeostat.selector" -}}
app.kubernetes.io/name: homeostat
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end -}}

{{- define "homeostat.labels" -}}
{{ include "homeostat.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "homeostat.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "homeostat.redisSecret" -}}
{{- .Values.redis.existingSecret.name | default (printf "%s-redis" (include "homeostat.name" .)) -}}
{{- end -}}

{{- /* HA = redundant + load. Argument: the role's values */ -}}
{{- define "homeostat.minimum" -}}
{{- add (int .redundant) (int .load) -}}
{{- end -}}

{{- /* The drivers as HOMEOSTAT_DRIVERS has them. */ -}}
{{- define "homeostat.drivers" -}}
{{- $drivers := deepCopy .Values.drivers -}}
{{- if .Values.simulator.enabled -}}
{{- $_ := set $drivers "simulator" (printf "http://%s-simulator:%d" (include "homeostat.name" .) 8290) -}}
{{- end -}}
{{- $pairs := list -}}
{{- range $type, $url := $drivers -}}
{{- $pairs = append $pairs (printf "%s=%s" $type $url) -}}
{{- end -}}
{{- join "," $pairs -}}
{{- end -}}
