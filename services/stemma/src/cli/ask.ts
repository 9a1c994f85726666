import pc from 'picocolors';
import type { QueryClient } from './query-client';
import { nestTrees, renderTrees, type TreeMember } from './render-tree';
import { paintTree, type Terminal } from './terminal';

/** `stemma ancestors`: from the nearest to the root, each with the reasons for its edge. */
export async function printAncestors(client: QueryClient, model: string, out: Terminal): Promise<void> {
  const ancestors = await client.ancestors(model);
  if (out.json) return out.printJson({ model, ancestors });
  out.print(pc.bold(model));
  if (ancestors.length === 0) out.print('  has no ancestor in the index');
  for (const [i, { model: ancestor, relation, confidence, verdict, evidence }] of ancestors.entries()) {
    const indent = '  '.repeat(i + 1);
    const doubt = verdict === 'asserted' ? '' : ` ${pc.yellow(verdict)}`;
    out.print(`${indent}↑ ${relation ?? 'kin'} ${confidence.toFixed(2)}${doubt}  ${pc.bold(ancestor)}`);
    for (const { sentence } of evidence)
      for (const line of wrap(sentence, out.columnsMax - indent.length - 4))
        out.print(`${indent}    ${pc.dim(line)}`);
  }
}

/** `stemma descendants`: drawn below the model. */
export async function printDescendants(
  client: QueryClient,
  model: string,
  depth: number | undefined,
  out: Terminal,
): Promise<void> {
  const descendants = await client.descendants(model, depth);
  if (out.json) return out.printJson({ model, descendants });
  const root = { model, parent: null, relation: null, verdict: 'root', confidence: 1 };
  out.print(draw([root, ...descendants], out));
  out.print(pc.dim(`${descendants.length} descendants`));
}

/** `stemma tree`: the whole tree a model is in, or the largest trees. */
export async function printTree(
  client: QueryClient,
  model: string | undefined,
  treesMax: number,
  out: Terminal,
): Promise<void> {
  const roots =
    model === undefined
      ? (await client.trees(treesMax)).trees.map((tree) => tree.root)
      : [(await client.model(model)).root];
  for (const [i, root] of roots.entries()) {
    const members = await client.tree(root);
    if (out.json) {
      out.printJson({ root, members });
      continue;
    }
    if (i > 0) out.print('');
    out.print(draw(members, out));
  }
  if (roots.length === 0 && !out.json) out.print('No trees yet: nothing has been indexed.');
}

const draw = (members: readonly TreeMember[], out: Terminal): string =>
  renderTrees(nestTrees(members), { columnsMax: out.columnsMax, paint: paintTree });

/** Breaks at spaces; a word longer than a line stays whole. */
export function wrap(text: string, columnsMax: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columnsMax) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
