from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.get_task_response import GetTaskResponse
from ...models.refusal import Refusal
from ...types import UNSET, Response


def _get_kwargs(
    *,
    task_id: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["taskId"] = task_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/v1/jobs/recordInfo",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> GetTaskResponse | Refusal | None:
    if response.status_code == 200:

        def _parse_response_200(data: object) -> GetTaskResponse | Refusal:
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                response_200_type_0 = GetTaskResponse.from_dict(data)

                return response_200_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            if not isinstance(data, dict):
                raise TypeError()
            response_200_type_1 = Refusal.from_dict(data)

            return response_200_type_1

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Refusal.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Refusal.from_dict(response.json())

        return response_401

    if response.status_code == 404:
        response_404 = Refusal.from_dict(response.json())

        return response_404

    if response.status_code == 422:
        response_422 = Refusal.from_dict(response.json())

        return response_422

    if response.status_code == 429:
        response_429 = Refusal.from_dict(response.json())

        return response_429

    if response.status_code == 455:
        response_455 = Refusal.from_dict(response.json())

        return response_455

    if response.status_code == 500:
        response_500 = Refusal.from_dict(response.json())

        return response_500

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[GetTaskResponse | Refusal]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient,
    task_id: str,
) -> Response[GetTaskResponse | Refusal]:
    """Task details

     The state of a task and, once it has ended, its result or the reason of its failure. A failed task
    is HTTP 200 with code 200 and state fail. At most 10 queries a second are allowed a key.

    Args:
        task_id (str):  Example: task_qwen_1765179676651.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetTaskResponse | Refusal | Refusal]
    """

    kwargs = _get_kwargs(
        task_id=task_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient,
    task_id: str,
) -> GetTaskResponse | Refusal | None:
    """Task details

     The state of a task and, once it has ended, its result or the reason of its failure. A failed task
    is HTTP 200 with code 200 and state fail. At most 10 queries a second are allowed a key.

    Args:
        task_id (str):  Example: task_qwen_1765179676651.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GetTaskResponse | Refusal | Refusal
    """

    return sync_detailed(
        client=client,
        task_id=task_id,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    task_id: str,
) -> Response[GetTaskResponse | Refusal]:
    """Task details

     The state of a task and, once it has ended, its result or the reason of its failure. A failed task
    is HTTP 200 with code 200 and state fail. At most 10 queries a second are allowed a key.

    Args:
        task_id (str):  Example: task_qwen_1765179676651.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[GetTaskResponse | Refusal | Refusal]
    """

    kwargs = _get_kwargs(
        task_id=task_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient,
    task_id: str,
) -> GetTaskResponse | Refusal | None:
    """Task details

     The state of a task and, once it has ended, its result or the reason of its failure. A failed task
    is HTTP 200 with code 200 and state fail. At most 10 queries a second are allowed a key.

    Args:
        task_id (str):  Example: task_qwen_1765179676651.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        GetTaskResponse | Refusal | Refusal
    """

    return (
        await asyncio_detailed(
            client=client,
            task_id=task_id,
        )
    ).parsed
