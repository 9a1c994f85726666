import { AssignerProtocol, KafkaJSNonRetriableError, type PartitionAssigner } from 'kafkajs';
import type { Assignment } from '../event-log';
import { assign, type Member, type Place } from './assignment';
import type { LeavesFirst } from './kafkajs-patches';

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const VERSION = 1;
/** Bound of what a member of the group, who may be anybody, says of itself. */
const USER_DATA_BYTES_MAX = 256 * 1024;

/** The side of a subscription that the group sees. */
export interface GroupMember extends LeavesFirst {
  /** Nothing is joined any more. */
  readonly leaving: boolean;
  readonly held: readonly Assignment[];
  readonly preferred: readonly Assignment[];
  /** Where it is set, the member is alone in its group, and this is all that it reads. */
  readonly only: Assignment | null;
  joins(): void;
}

/** How our groups deal out partitions (`assign`); a member says what it has and would like when it joins. */
export function assignerOf(member: GroupMember): PartitionAssigner {
  return ({ cluster }) => ({
    name: 'stemma-sticky',
    version: VERSION,
    beforeJoin: (stayAlive: LeavesFirst['beforeJoin'] extends (given: infer S) => unknown ? S : never) =>
      member.beforeJoin(stayAlive),

    protocol({ topics }) {
      // Once it is left there is no way to leave it again: kafkajs forgets a consumer that it stops while it joins.
      if (member.leaving) throw new KafkaJSNonRetriableError('the subscription has ended');
      member.joins();
      const said = { held: member.held.map(placeOf), preferred: member.preferred.map(placeOf) };
      const userData = Buffer.from(JSON.stringify(said));
      return { name: this.name, metadata: MemberMetadata.encode({ version: VERSION, topics, userData }) };
    },

    async assign({ members, topics }) {
      const all = topics.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => `${topic}/${partitionId}`),
      );
      const places = member.only === null ? all : [placeOf(member.only)];
      const shares = assign(
        members.map(({ memberId, memberMetadata }) => said(memberId, memberMetadata)),
        places,
      );
      return [...shares].map(([memberId, share]) => ({ memberId, memberAssignment: encode(share) }));
    },
  });
}

const placeOf = ({ topic, partition }: Assignment): Place => `${topic}/${partition}`;

function encode(share: readonly Place[]): Buffer {
  const assignment: Record<string, number[]> = {};
  for (const place of share) {
    const slash = place.lastIndexOf('/');
    (assignment[place.slice(0, slash)] ??= []).push(Number(place.slice(slash + 1)));
  }
  return MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) });
}

/** What a member says of itself; nothing where it cannot be read. */
function said(id: string, metadata: Buffer): Member {
  try {
    const userData = MemberMetadata.decode(metadata)?.userData ?? Buffer.alloc(0);
    if (userData.length > USER_DATA_BYTES_MAX) return { id, held: [], preferred: [] };
    const { held, preferred } = JSON.parse(userData.toString()) as Record<string, unknown>;
    return { id, held: placesOf(held), preferred: placesOf(preferred) };
  } catch {
    return { id, held: [], preferred: [] };
  }
}

const placesOf = (said: unknown): Place[] =>
  Array.isArray(said) ? said.filter((place): place is Place => typeof place === 'string') : [];
