// What Backstage's own clients, of the catalog and of the scaffolder, see of a portal: `node client.js ADDRESS CHAPTER [WORD]...` runs one chapter, and
// prints one JSON document with the answers by name and the requests that were made for them.
//
// Rule: it asks and tells, it judges nothing; what must be so stands in `tests/end_to_end/client.rs` and `scaffolder_client.rs`.

import { createRequire } from 'node:module';
import { join } from 'node:path';

// The package's modules for `import` need a bundler, or a newer Node than the oldest that is served here.
const packages = process.env.PORTICO_CLIENT;
const require = createRequire(packages ? join(packages, 'package.json') : import.meta.url);
const { CatalogClient, CATALOG_FILTER_EXISTS } = require('@backstage/catalog-client');
const { ScaffolderClient } = require('@backstage/plugin-scaffolder-common');

const [address, chapter, ...words] = process.argv.slice(2);
const requests = [];

async function counted(url, options) {
  const answer = await fetch(url, options);
  requests.push(`${options?.method ?? 'GET'} ${new URL(url).pathname} ${answer.status}`);
  return answer;
}

const apis = {
  discoveryApi: { getBaseUrl: async plugin => `${address}/api/${plugin}` },
  fetchApi: { fetch: counted },
};
const client = new CatalogClient(apis);

const name = entity => entity?.metadata.name ?? null;
const names = list => list.map(name);

/** What a call answers, or how it fails as callers see it. */
async function tell(call) {
  try {
    return (await call()) ?? null;
  } catch (error) {
    return { error: error.name, status: error.statusCode, cause: error.cause?.name, message: error.cause?.message };
  }
}

async function pagesOf(list, nameOf) {
  const pages = [];
  for await (const page of list) {
    pages.push(page.map(nameOf));
  }
  return pages;
}

/** Every page to the last one, then back to the first. */
async function thereAndBack(request) {
  const there = [];
  const totals = new Set();
  let page = await client.queryEntities(request);
  for (;;) {
    there.push(names(page.items));
    totals.add(page.totalItems);
    if (!page.pageInfo.nextCursor) break;
    page = await client.queryEntities({ cursor: page.pageInfo.nextCursor, limit: request.limit });
  }
  const back = [];
  while (page.pageInfo.prevCursor) {
    page = await client.queryEntities({ cursor: page.pageInfo.prevCursor, limit: request.limit });
    back.push(names(page.items));
  }
  return { there, back, totals: [...totals] };
}

const component = { kind: 'component' };
const byName = { field: 'metadata.name', order: 'asc' };
const byTitle = { field: 'metadata.title', order: 'asc' };

const chapters = {
  /** Lists, filters, single entities, facets. */
  async read() {
    const list = request => tell(async () => names((await client.getEntities(request)).items));
    return {
      all: await list(),
      either: await list({ filter: [{ kind: ['group', 'system'] }, { 'spec.type': 'library' }], order: byName }),
      existing: await list({ filter: { ...component, 'metadata.title': CATALOG_FILTER_EXISTS }, order: byName }),
      tagged: await list({ filter: { 'metadata.tags.java': 'true' } }),
      related: await list({ filter: { 'relations.ownedBy': 'Group:default/Money' }, order: byName }),
      descending: await list({ filter: component, order: { field: 'metadata.name', order: 'desc' } }),
      ordered: await list({ filter: component, order: byTitle }),
      orderedPage: await list({ filter: component, order: byTitle, limit: 10 }),
      page: await list({ filter: component, order: byName, offset: 1, limit: 2 }),
      fields: (await client.getEntities({ filter: { kind: 'group' }, fields: ['kind', 'metadata.name'] })).items,
      wrong: await tell(() => client.getEntities({ filter: { '': 'x' } })),
      found: await tell(() => client.getEntityByRef('Component:default/Ledger')),
      compound: name(await client.getEntityByRef({ kind: 'component', namespace: 'default', name: 'ledger' })),
      byName: name(await client.getEntityByName({ kind: 'component', name: 'ledger' })),
      missing: await tell(() => client.getEntityByRef('component:default/nothing')),
      ancestors: await tell(() => client.getEntityAncestors({ entityRef: 'component:default/ledger' })),
      noAncestors: await tell(() => client.getEntityAncestors({ entityRef: 'component:default/nothing' })),
      facets: await tell(() => client.getEntityFacets({ facets: ['kind', 'spec.type', 'absent'], filter: component })),
      facetsByPredicate: await tell(() =>
        client.getEntityFacets({
          facets: ['kind'],
          query: { $not: { kind: 'component' } },
          filter: { 'spec.owner': 'money' },
        }),
      ),
    };
  },

  /** Many entities at once, by reference. */
  async refs() {
    const byRefs = request => tell(async () => names((await client.getEntitiesByRefs(request)).items));
    const entityRefs = ['component:default/scribe', 'component:default/nothing', 'component:default/ledger'];
    const many = Array.from({ length: 2_500 }, (_, number) => `component:default/nothing-${number}`);
    return {
      inOrder: await byRefs({ entityRefs }),
      mixedCase: await byRefs({ entityRefs: ['Component:Default/LEDGER', 'ledger'] }),
      filtered: await byRefs({ entityRefs, filter: { 'spec.type': 'library' } }),
      byPredicate: await byRefs({ entityRefs, query: { 'spec.type': { $in: ['library'] } }, filter: component }),
      fields: (await client.getEntitiesByRefs({ entityRefs: [entityRefs[2]], fields: ['metadata.name'] })).items,
      many: (await byRefs({ entityRefs: [...many, 'component:default/ledger'] })).filter(found => found !== null),
    };
  },

  /** Pages, with filters, predicates and words. */
  async pages() {
    const query = request => tell(async () => names((await client.queryEntities(request)).items));
    const withType = { query: { $all: [component, { 'spec.type': { $exists: true } }] } };
    return {
      byFilter: await thereAndBack({ filter: component, orderFields: byName, limit: 2 }),
      byPredicate: await thereAndBack({ ...withType, orderFields: byName, limit: 2 }),
      unordered: await thereAndBack({ filter: component, limit: 3 }),
      byTitle: await thereAndBack({ filter: component, orderFields: byTitle, limit: 1 }),
      descending: await query({ filter: component, orderFields: [{ field: 'metadata.name', order: 'desc' }, byTitle] }),
      offset: await query({ filter: component, orderFields: byName, offset: 3 }),
      count: await tell(() => client.queryEntities({ filter: component, limit: 0 })),
      uncounted: (await client.queryEntities({ filter: component, totalItems: 'exclude' })).totalItems,
      words: await query({ filter: component, fullTextFilter: { term: ' LEDG ', fields: ['metadata.name'] } }),
      wordsByPredicate: await query({ ...withType, fullTextFilter: { term: 'ledg', fields: ['metadata.title'] } }),
      prefixed: await query({ query: { ...component, 'spec.type': { $hasPrefix: 'LIB' } } }),
      owned: await query({
        query: { $all: [component, { relations: { $contains: { type: 'ownedBy', targetRef: 'group:default/books' } } }] },
      }),
      fields: (await client.queryEntities({ filter: component, orderFields: byName, limit: 1, fields: ['kind'] })).items,
      streamed: await pagesOf(client.streamEntities({ filter: component, orderFields: byName, pageSize: 2 }), name),
      streamedByPredicate: await pagesOf(client.streamEntities({ ...withType, orderFields: byName, pageSize: 4 }), name),
      wrongCursor: await tell(() => client.queryEntities({ cursor: 'nonsense' })),
      wrongPredicate: await tell(() => client.queryEntities({ query: { $foo: 1 } })),
    };
  },

  /** Locations: tried, registered, found again. The first word is an address that can be read, the second is one that cannot. */
  async locations([target, absent]) {
    const dry = await tell(() => client.addLocation({ target, dryRun: true }));
    const added = await tell(() => client.addLocation({ type: 'url', target }));
    const id = added.location?.id;
    return {
      dry: { ...dry, entities: dry.entities?.map(entity => entity.kind) },
      dryAbsent: await tell(() => client.addLocation({ target: absent, dryRun: true })),
      added,
      conflict: await tell(() => client.addLocation({ target })),
      again: await tell(() => client.addLocation({ target, onConflict: 'refresh' })),
      dryAgain: (await tell(() => client.addLocation({ target, dryRun: true }))).exists,
      addedAbsent: await tell(() => client.addLocation({ target: absent })),
      wrongType: await tell(() => client.addLocation({ type: 'file', target: '/nowhere/catalog-info.yaml' })),
      list: await tell(() => client.getLocations()),
      query: await tell(() => client.queryLocations({ query: { target: absent } })),
      page: await tell(async () => {
        const first = await client.queryLocations({ limit: 1 });
        const second = await client.queryLocations({ cursor: first.pageInfo.nextCursor });
        return { total: first.totalItems, items: [...first.items, ...second.items], end: second.pageInfo };
      }),
      streamed: await pagesOf(client.streamLocations({ limit: 1 }), location => location.target),
      byRef: await tell(() => client.getLocationByRef(`url:${target}`)),
      byMissingRef: await tell(() => client.getLocationByRef('url:https://forge.test/nothing.yaml')),
      byId: await tell(() => client.getLocationById(id)),
      byMissingId: await tell(() => client.getLocationById('nothing')),
      analyzed: await tell(() => client.analyzeLocation({ location: { type: 'url', target } })),
      analyzedEmpty: await tell(() =>
        client.analyzeLocation({ location: { type: 'url', target: 'https://github.com/acme/widgets' } }),
      ),
      analyzedNowhere: await tell(() => client.analyzeLocation({ location: { type: 'url', target: 'nowhere' } })),
    };
  },

  /** A location that was read, moved and forgotten. The words are its id, an entity of its, and another address. */
  async forget([id, entityRef, elsewhere]) {
    return {
      byEntity: await tell(() => client.getLocationByEntity(entityRef)),
      byMissingEntity: await tell(() => client.getLocationByEntity('component:default/nothing')),
      ancestors: await tell(() => client.getEntityAncestors({ entityRef })),
      moved: await tell(() => client.updateLocation(id, { target: elsewhere })),
      movedMissing: await tell(() => client.updateLocation('nothing', { target: elsewhere })),
      removed: await tell(() => client.removeLocationById(id)),
      removedAgain: await tell(() => client.removeLocationById(id)),
      left: await tell(() => client.getLocations()),
    };
  },

  /** An entity read again, deleted by its uid, and documents judged. The words are its reference and its uid. */
  async upkeep([entityRef, uid]) {
    const location = 'url:https://forge.test/catalog-info.yaml';
    const document = spec => ({
      apiVersion: 'backstage.io/v1alpha1',
      kind: 'System',
      metadata: { name: 'shop' },
      spec,
    });
    return {
      refreshed: await tell(() => client.refreshEntity(entityRef)),
      refreshedMissing: await tell(() => client.refreshEntity('component:default/nothing')),
      valid: await tell(() => client.validateEntity(document({ owner: 'money' }), location)),
      invalid: await tell(() => client.validateEntity(document({}), location)),
      nowhere: await tell(() => client.validateEntity(document({ owner: 'money' }), 'nowhere')),
      removed: await tell(() => client.removeEntityByUid(uid)),
      removedAgain: await tell(() => client.removeEntityByUid(uid)),
    };
  },

  /** Everything that the scaffolder's client can do. The words are a template that says a name, and one that waits. */
  async scaffolder([says, waits]) {
    // The library that reads streams is made for browsers.
    globalThis.window = globalThis;
    globalThis.document = { hidden: false, addEventListener() {}, removeEventListener() {} };
    const identityApi = { getBackstageIdentity: async () => ({ userEntityRef: 'user:default/nobody' }) };
    const scaffolder = new ScaffolderClient({ ...apis, identityApi, scmIntegrationsApi: {} });
    const polling = new ScaffolderClient({ ...apis, scmIntegrationsApi: {}, useLongPollingLogs: true });
    const heard = (by, taskId, after) =>
      new Promise(resolve => {
        const events = [];
        by.streamLogs({ taskId, after }).subscribe({
          next: event => events.push(event),
          error: error => resolve({ error: String(error), events }),
          complete: () => resolve(events),
        });
      });
    const task = id => tell(() => scaffolder.getTask(id));
    const cancelled = async id => {
      const answer = await tell(() => scaffolder.cancelTask(id));
      while ((await scaffolder.getTask(id)).status !== 'cancelled') {
        await new Promise(look => setTimeout(look, 50));
      }
      return answer;
    };

    const { taskId } = await scaffolder.scaffold({ templateRef: says, values: { name: 'bob' }, secrets: {} });
    const streamed = await heard(scaffolder, taskId);
    const waiting = await scaffolder.scaffold({ templateRef: waits, values: {} });
    return {
      schema: await tell(() => scaffolder.getTemplateParameterSchema(says)),
      noSchema: await tell(() => scaffolder.getTemplateParameterSchema('template:default/nothing')),
      actions: (await scaffolder.listActions()).map(action => action.id),
      extensions: await tell(async () => Object.keys(await scaffolder.listTemplatingExtensions())),
      task: await task(taskId),
      streamed,
      polled: await heard(polling, taskId),
      resumed: await heard(scaffolder, taskId, streamed[1].id),
      refused: await scaffolder.scaffold({ templateRef: says, values: {} }).catch(error => error.message),
      dryRun: await tell(() =>
        scaffolder.dryRun({
          template: { apiVersion: 'scaffolder.backstage.io/v1beta3', kind: 'Template', metadata: { name: 'tried' }, spec: {
            type: 'service',
            steps: [{ id: 'say', action: 'debug:log', input: { message: 'hello ${{ parameters.name }}' } }],
            output: { text: [{ title: 'T', content: '${{ parameters.name }}' }] },
          } },
          values: { name: 'eve' },
          directoryContents: [],
        }),
      ),
      cancelled: await cancelled(waiting.taskId),
      retried: await tell(() => scaffolder.retry(waiting.taskId)),
      cancelledAgain: await cancelled(waiting.taskId),
      all: await tell(async () => (await scaffolder.listTasks({ filterByOwnership: 'all', limit: 1 }))),
      owned: await tell(async () => (await scaffolder.listTasks({ filterByOwnership: 'owned' })).totalTasks),
      offered: await tell(() =>
        scaffolder.autocomplete({ token: 't', provider: 'github', resource: 'repositories', context: { owner: 'acme' } }),
      ),
      waiting: waiting.taskId,
    };
  },

  /** A portal that wants a token, which is the word. */
  async access([token]) {
    return {
      without: await tell(() => client.getEntityFacets({ facets: ['kind'] })),
      wrong: await tell(() => client.getEntities({}, { token: 'wrong' })),
      with: await tell(() => client.getEntities({}, { token })),
    };
  },
};

const saw = await chapters[chapter](words);
process.stdout.write(JSON.stringify({ saw, requests }));
