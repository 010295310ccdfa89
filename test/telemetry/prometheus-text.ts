/** One line of Prometheus' text format. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One metric of Prometheus' text format. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const commentPattern = /^# (HELP|UNIT|TYPE) (\S+) (.*)$/;
const samplePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPattern = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\.)*)"(?:,|$)/gy;

/**
 * Reads Prometheus' text format, version 0.0.4.
 *
 * @throws Error for a line that is not of that format, or a sample that belongs to no metric.
 */
export function parsePrometheusText(text: string): MetricFamily[] {
  const families: { name: string; help: string; unit: string | undefined; type: string; samples: Sample[] }[] = [];
  for (const line of text.split('\n').filter((entry) => entry !== '')) {
    const comment = commentPattern.exec(line);
    if (comment !== null) {
      const [, keyword = '', name = '', value = ''] = comment;
      if (keyword === 'HELP') {
        families.push({ name, help: value, unit: undefined, type: '', samples: [] });
      }
      const family = families.at(-1);
      if (family?.name !== name) {
        throw new Error(`not in its metric: ${line}`);
      }
      if (keyword === 'UNIT') family.unit = value;
      if (keyword === 'TYPE') family.type = value;
      continue;
    }
    const sample = parseSample(line);
    const family = families.at(-1);
    if (family === undefined || !belongsTo(sample.name, family.name, family.type)) {
      throw new Error(`not in its metric: ${line}`);
    }
    family.samples.push(sample);
  }
  return families;
}

function belongsTo(sample: string, family: string, type: string): boolean {
  return type === 'histogram'
    ? ['_count', '_sum', '_bucket'].some((suffix) => sample === family + suffix)
    : sample === family;
}

function parseSample(line: string): Sample {
  const match = samplePattern.exec(line);
  if (match === null) {
    throw new Error(`not a sample: ${line}`);
  }
  const [, name = '', labelText = '', value = ''] = match;
  const labels: Record<string, string> = {};
  let end = 0;
  for (const label of labelText.matchAll(labelPattern)) {
    labels[label[1] ?? ''] = label[2] ?? '';
    end = label.index + label[0].length;
  }
  if (end !== labelText.length) {
    throw new Error(`not labels: ${line}`);
  }
  return { name, labels, value: Number(value) };
}
