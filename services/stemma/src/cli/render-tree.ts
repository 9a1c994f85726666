/** One model of a tree as the renderer needs it; a forest is a list of its roots. */
export interface TreeNode {
  readonly model: string;
  readonly relation: string | null;
  readonly verdict: string;
  readonly confidence: number | null;
  readonly children: readonly TreeNode[];
}

/** A model and its parent, as lists of models come. */
export interface TreeMember extends Omit<TreeNode, 'children'> {
  readonly parent: string | null;
}

/** Hangs models under their parents; one whose parent is not in the list becomes a root and keeps the order of the list. */
export function nestTrees(members: readonly TreeMember[]): TreeNode[] {
  const nodes = new Map(members.map((member) => [member.model, { ...member, children: [] as TreeNode[] }]));
  const roots: TreeNode[] = [];
  for (const { model, parent } of members) {
    const node = nodes.get(model) as TreeNode;
    const above = parent === null ? undefined : nodes.get(parent);
    if (above === undefined) roots.push(Object.assign(node, { relation: null }));
    else above.children.push(node);
  }
  return roots;
}

export interface RenderOptions {
  /** Terminal columns; longer lines are cut with an ellipsis. */
  readonly columnsMax: number;
  /** Colours a label; the identity where the output is no terminal. */
  readonly paint?: (text: string, role: 'model' | 'edge' | 'doubt') => string;
}

interface Line {
  readonly branch: string;
  readonly model: string;
  readonly label: string;
  readonly doubtful: boolean;
}

/** Draws trees with box characters, one model a line: `└─ org/name  finetune 0.98`. */
export function renderTrees(roots: readonly TreeNode[], options: RenderOptions): string {
  const paint = options.paint ?? ((text) => text);
  const branchMax = Math.floor(options.columnsMax / 2);
  const lines = roots.flatMap((root) => linesOf(root, branchMax));
  const modelColumns = lines.reduce((max, line) => Math.max(max, line.branch.length + line.model.length), 0);
  return lines.map((line) => renderLine(line, modelColumns, options.columnsMax, paint)).join('\n');
}

/** Depth first without recursion: a chain of fine-tunes can be deeper than the call stack. */
function linesOf(root: TreeNode, branchMax: number): Line[] {
  const lines: Line[] = [];
  const stack = [{ node: root, branch: '', indent: '' }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, branch, indent } = top;
    lines.push({ branch, model: node.model, label: labelOf(node), doubtful: isDoubtful(node) });
    for (let i = node.children.length - 1; i >= 0; i--) {
      const last = i === node.children.length - 1;
      stack.push({
        node: node.children[i] as TreeNode,
        branch: clip(`${indent}${last ? '└─ ' : '├─ '}`, branchMax),
        indent: clip(`${indent}${last ? '   ' : '│  '}`, branchMax),
      });
    }
  }
  return lines;
}

/** A deep chain keeps its newest branches; what stands left of them is elided. */
const clip = (branch: string, branchMax: number): string =>
  branch.length <= branchMax ? branch : `⋯${branch.slice(branch.length - branchMax + 1)}`;

function labelOf(node: TreeNode): string {
  if (node.relation === null) return '';
  const doubt = isDoubtful(node) ? ` ${node.verdict}` : '';
  return `${node.relation} ${node.confidence === null ? '' : node.confidence.toFixed(2)}${doubt}`;
}

const isDoubtful = (node: TreeNode): boolean => node.verdict === 'uncertain' || node.verdict === 'variant';

function renderLine(
  line: Line,
  modelColumns: number,
  columnsMax: number,
  paint: NonNullable<RenderOptions['paint']>,
): string {
  const labelColumns = line.label === '' ? 0 : line.label.length + 2;
  const room = Math.max(8, columnsMax - line.branch.length - labelColumns);
  const model = line.model.length > room ? `${line.model.slice(0, room - 1)}…` : line.model;
  if (line.label === '') return `${paint(line.branch, 'edge')}${paint(model, 'model')}`;
  const column = Math.min(modelColumns, columnsMax - labelColumns);
  const gap = ' '.repeat(Math.max(2, column - line.branch.length - model.length + 2));
  return `${paint(line.branch, 'edge')}${paint(model, 'model')}${gap}${paint(line.label, line.doubtful ? 'doubt' : 'edge')}`;
}
